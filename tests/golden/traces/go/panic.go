// A handler panics and recovers, then the program panics while it handles a panic.
package main

import (
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"sync"
)

type order struct{ id int }

func (o *order) reserve(shelf []int) int { return shelf[o.id] }

func serve() {
	defer func() {
		if err := recover(); err != nil {
			log.Printf("panic serving order 17: %v\n%s", err, debug.Stack())
		}
	}()
	(&order{17}).reserve(nil)
}

func main() {
	log.SetFlags(0)
	log.Print("INFO starting")
	serve()
	log.Print("INFO next order")
	fmt.Fprintln(os.Stderr, "INFO stopping")
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		defer func() { panic(fmt.Errorf("while cleaning up:\nno shelf")) }()
		var nothing *order
		fmt.Println(nothing.id)
	}()
	group.Wait()
}
