// All goroutines wait for ever.
package main

import "os"

func wait(never chan int) { <-never }

func main() {
	os.Stderr.WriteString("waiting\n")
	never := make(chan int)
	go wait(never)
	wait(never)
}
