// Prints the values that Flux's helm-controller gives a chart: its own code, on objects that are handed in.
// In: a JSON list of {"from": spec.valuesFrom, "values": spec.values, "configMaps" and "secrets": {name: data}}.
// Out: a JSON list of values, null where Flux fails.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/apis/meta"
	"github.com/fluxcd/pkg/chartutil"
	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type question struct {
	From       []meta.ValuesReference       `json:"from"`
	Values     map[string]any               `json:"values"`
	ConfigMaps map[string]map[string]string `json:"configMaps"`
	Secrets    map[string]map[string]string `json:"secrets"`
}

// A client that knows the objects of a question and nothing else.
type cluster struct {
	client.Client
	question
}

func (known cluster) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	switch object := into.(type) {
	case *corev1.ConfigMap:
		data, found := known.ConfigMaps[key.Name]
		object.Data = data
		if found {
			return nil
		}
	case *corev1.Secret:
		data, found := known.Secrets[key.Name]
		object.Data = map[string][]byte{}
		for name, value := range data {
			object.Data[name] = []byte(value)
		}
		if found {
			return nil
		}
	}
	return apierrors.NewNotFound(schema.GroupResource{}, key.Name)
}

func main() {
	var asked []question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]any, len(asked))
	for index, each := range asked {
		values, err := chartutil.ChartValuesFromReferences(
			context.Background(), logr.Discard(), cluster{question: each}, "media", each.Values, each.From...)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%d: %v\n", index, err)
			continue
		}
		answers[index] = values
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
