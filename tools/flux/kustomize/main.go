// Prints what `kustomize build --load-restrictor LoadRestrictionsNone` makes of folders: its own code, without a network.
// In: a JSON list of paths. Out: a JSON line for each, in that order: {"objects": as kustomize holds them, "printed": as its text
// reads, only where that is something else} or {"error": text}.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

type answer struct {
	Objects []map[string]any `json:"objects"`
	Printed []map[string]any `json:"printed,omitempty"`
	Error   string           `json:"error,omitempty"`
}

type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("there is no network")
}

func build(folder string) (made resmap.ResMap, err error) {
	// The command dies of a panic; here the other folders are still to come.
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v", reason)
		}
	}()
	options := krusty.MakeDefaultOptions()
	options.LoadRestrictions = types.LoadRestrictionsNone
	return krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
}

func read(made resmap.ResMap) (result answer, err error) {
	for _, resource := range made.Resources() {
		object, err := resource.Map()
		if err != nil {
			return result, err
		}
		text, err := resource.MarshalJSON()
		if err != nil {
			return result, err
		}
		var printed map[string]any
		if err := json.Unmarshal(text, &printed); err != nil {
			return result, err
		}
		result.Objects = append(result.Objects, object)
		result.Printed = append(result.Printed, printed)
	}
	if same, err := equal(result.Objects, result.Printed); err != nil || same {
		result.Printed = nil
		return result, err
	}
	return result, nil
}

// Go reads the numbers of JSON as one kind, those of YAML as several.
func equal(objects, printed []map[string]any) (bool, error) {
	text, err := json.Marshal(objects)
	if err != nil {
		return false, err
	}
	var again []map[string]any
	err = json.Unmarshal(text, &again)
	return reflect.DeepEqual(again, printed), err
}

func main() {
	var folders []string
	if err := json.NewDecoder(os.Stdin).Decode(&folders); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Remote resources come by HTTP or through git; neither is to be had.
	http.DefaultTransport = offline{}
	os.Unsetenv("PATH")
	out := json.NewEncoder(os.Stdout)
	for _, folder := range folders {
		result := answer{}
		made, err := build(folder)
		if err == nil {
			result, err = read(made)
		}
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
