// The examples and test programs are Go; this makes them buildable from the repository's root.
module rt0

go 1.26

ignore (
	./dist
	./node_modules
)
