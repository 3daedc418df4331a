// Prints what Flux's kustomize-controller makes of objects with variables: its own code, on objects as Kustomize reads them.
// In: a JSON list of {"text": the object's YAML, "variables": {name: value}}. Out: a JSON list of objects, null where Flux fails.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/provider"
)

type question struct {
	Text      string         `json:"text"`
	Variables map[string]any `json:"variables"`
}

func answer(asked question) (object any, err error) {
	// The controller's runtime turns a panic into a failed reconciliation.
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	read, err := provider.NewDefaultDepProvider().GetResourceFactory().FromBytes([]byte(asked.Text))
	if err != nil {
		return nil, err
	}
	spec := map[string]any{"postBuild": map[string]any{"substitute": asked.Variables}}
	owner := unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	result, err := kustomize.SubstituteVariables(
		context.Background(), nil, owner, read, kustomize.SubstituteWithDryRun(true))
	if err != nil {
		return nil, err
	}
	if result == nil {
		result = read
	}
	return result.Map()
}

func main() {
	var asked []question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]any, len(asked))
	for index, each := range asked {
		object, err := answer(each)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%d: %v\n", index, err)
			continue
		}
		answers[index] = object
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
