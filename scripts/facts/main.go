// Command facts extracts the table of the built-in Kubernetes API types from the Go modules that declare them and
// writes it as JSON, one line a type, to the file it is given. facts/README.md describes the table; `npm run
// facts:refresh` refreshes it.
//
// It reads syntax only (go/ast): nothing of Kubernetes is compiled, and only names, numbers and markers are carried
// over, never the modules' sentences.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sort"
	"strings"
)

// Extraction starts at every kind of these packages, and follows references. All versions that v1.36 serves by default.
var roots = []string{
	"k8s.io/apimachinery/pkg/apis/meta/v1",
	"k8s.io/api/core/v1",
	"k8s.io/api/admission/v1",
	"k8s.io/api/admissionregistration/v1",
	"k8s.io/api/apidiscovery/v2",
	"k8s.io/api/apps/v1",
	"k8s.io/api/authentication/v1",
	"k8s.io/api/authorization/v1",
	"k8s.io/api/autoscaling/v1",
	"k8s.io/api/autoscaling/v2",
	"k8s.io/api/batch/v1",
	"k8s.io/api/certificates/v1",
	"k8s.io/api/coordination/v1",
	"k8s.io/api/discovery/v1",
	"k8s.io/api/events/v1",
	"k8s.io/api/flowcontrol/v1",
	"k8s.io/api/networking/v1",
	"k8s.io/api/node/v1",
	"k8s.io/api/policy/v1",
	"k8s.io/api/rbac/v1",
	"k8s.io/api/resource/v1",
	"k8s.io/api/scheduling/v1",
	"k8s.io/api/storage/v1",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1",
	"k8s.io/kube-aggregator/pkg/apis/apiregistration/v1",
	"k8s.io/metrics/pkg/apis/metrics/v1beta1",
}

var modules = []string{
	"k8s.io/api@v0.36.0",
	"k8s.io/apimachinery@v0.36.0",
	"k8s.io/apiextensions-apiserver@v0.36.0",
	"k8s.io/kube-aggregator@v0.36.0",
	"k8s.io/metrics@v0.36.0",
}

func main() {
	dirs := map[string]string{}
	for _, m := range modules {
		dirs[strings.SplitN(m, "@", 2)[0]] = moduleDir(m)
	}
	x := &extractor{moduleDirs: dirs, packages: map[string]*pkg{}, types: map[string]string{}, kinds: map[string]string{}}
	for _, root := range roots {
		x.addKinds(x.load(root))
	}
	x.drain()
	out := "{\n\"modules\": " + quote(modules) + ",\n" + object("kinds", x.kinds) + ",\n" + object("types", x.types) + "\n}\n"
	check(os.WriteFile(os.Args[1], []byte(out), 0o644), "write")
}

func moduleDir(module string) string {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	check(err, "go mod download "+module)
	var info struct{ Dir string }
	check(json.Unmarshal(out, &info), "go mod download "+module)
	return info.Dir
}

func object(name string, entries map[string]string) string {
	keys := make([]string, 0, len(entries))
	for k := range entries {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	lines := make([]string, len(keys))
	for i, k := range keys {
		lines[i] = quote(k) + ": " + quote(entries[k])
	}
	return quote(name) + ": {\n" + strings.Join(lines, ",\n") + "\n}"
}

func quote(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	check(e.Encode(v), "encode")
	return strings.TrimSpace(b.String())
}

func check(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "facts: %s: %v\n", what, err)
		os.Exit(1)
	}
}
