// Registering all meanings. Order matters only in that the identity numbers follow it.
import "./integer.ts";
import "./control.ts";
import "./helpers.ts";
import "./vector.ts";
import "./float.ts";
