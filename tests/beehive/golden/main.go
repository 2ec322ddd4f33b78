// Command golden reads a message on each line and writes what KubeEdge's Go code makes of it.
// A line that begins with = is the base64 of a content of bytes.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/kubeedge/beehive/pkg/core/model"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<16), 1<<26)
	for in.Scan() {
		out, err := written(in.Bytes())
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(string(out))
	}
}

func written(line []byte) ([]byte, error) {
	var message model.Message
	if len(line) > 0 && line[0] == '=' {
		content, err := base64.StdEncoding.DecodeString(string(line[1:]))
		if err != nil {
			return nil, err
		}
		message.Content = content
	} else if err := json.Unmarshal(line, &message); err != nil {
		return nil, err
	}
	return json.Marshal(message)
}
