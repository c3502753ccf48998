package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"reflect"
	"sort"
	"strings"
)

type extractor struct {
	moduleDirs map[string]string
	packages   map[string]*pkg
	types      map[string]string // OpenAPI name → line of the table
	kinds      map[string]string // group/version/kind → OpenAPI name
	queue      []*typeDecl
}

const machinery = "k8s.io/apimachinery/pkg/"

// Types whose JSON is not that of their Go fields.
var scalars = map[string]string{
	machinery + "apis/meta/v1.Time":                                 "time",
	machinery + "apis/meta/v1.MicroTime":                            "microTime",
	machinery + "apis/meta/v1.Duration":                             "duration",
	machinery + "apis/meta/v1.FieldsV1":                             "fieldsV1",
	machinery + "api/resource.Quantity":                             "quantity",
	machinery + "util/intstr.IntOrString":                           "intOrString",
	machinery + "runtime.RawExtension":                              "any",
	machinery + "runtime.Object":                                    "any",
	machinery + "types.UID":                                         "string",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON": "any",
}

// JSON unions: their name stays in the table because the protobuf codec has to know them.
var unions = map[string]bool{"JSONSchemaPropsOrBool": true, "JSONSchemaPropsOrArray": true, "JSONSchemaPropsOrStringArray": true}

var basics = map[string]string{
	"string": "string", "bool": "boolean", "int": "int64", "int32": "int32", "int64": "int64",
	"uint8": "uint32", "uint32": "uint32", "uint64": "uint64", "float64": "double",
}

// A kind is an exported struct that inlines TypeMeta.
func (x *extractor) addKinds(p *pkg) {
	for name, t := range p.types {
		s, ok := t.expr.(*ast.StructType)
		if !ok || !ast.IsExported(name) || name == "TypeMeta" || name == "InternalEvent" {
			continue
		}
		typed := name == "WatchEvent"
		for _, f := range s.Fields.List {
			typed = typed || len(f.Names) == 0 && strings.HasSuffix(exprText(f.Type), "TypeMeta")
		}
		if !typed || t.markers.has("protobuf") && t.markers.first("protobuf") == "false" {
			continue
		}
		x.kinds[p.groupOf(name)+"/"+p.version+"/"+name] = x.ref(t)
	}
}

// Most of meta/v1's own kinds belong to no group: every group version knows them, and clients send them as v1.
func (p *pkg) groupOf(kind string) string {
	if strings.HasSuffix(p.path, "apis/meta/v1") && !strings.HasPrefix(kind, "PartialObjectMetadata") && !strings.HasPrefix(kind, "Table") {
		return ""
	}
	return p.group
}

func (x *extractor) ref(t *typeDecl) string {
	name := t.pkg.model + "." + t.name
	if t.pkg.model == "" {
		panic("no OpenAPI package: " + t.pkg.path + "." + t.name)
	}
	if _, known := x.types[name]; !known {
		x.types[name] = ""
		x.queue = append(x.queue, t)
	}
	return name
}

func (x *extractor) drain() {
	for len(x.queue) > 0 {
		t := x.queue[0]
		x.queue = x.queue[1:]
		x.types[t.pkg.model+"."+t.name] = x.describe(t)
	}
}

func (x *extractor) describe(t *typeDecl) string {
	if unions[t.name] {
		for _, f := range t.expr.(*ast.StructType).Fields.List {
			x.typeText(t, f.Type)
		}
		return "@any"
	}
	parts := []string{}
	if t.markers.first("structType") == "atomic" || t.markers.first("k8s:structType") == "atomic" {
		parts = append(parts, "@atomic")
	}
	return strings.Join(append(parts, x.fields(t, "")...), "; ")
}

// Stands for an inlined struct that protobuf does not carry (TypeMeta: its values travel in the envelope).
const unnumbered = "-"

// fields flattens inlined structs; `within` are the protobuf numbers that lead to them.
func (x *extractor) fields(t *typeDecl, within string) []string {
	out := []string{}
	for _, f := range t.expr.(*ast.StructType).Fields.List {
		tag := reflect.StructTag("")
		if f.Tag != nil {
			tag = reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
		}
		if len(f.Names) > 0 && !ast.IsExported(f.Names[0].Name) || tag.Get("json") == "-" {
			continue
		}
		jsonTag := strings.Split(tag.Get("json"), ",")
		number := ""
		if p := strings.Split(tag.Get("protobuf"), ","); len(p) > 1 {
			number = p[1]
		}
		if jsonTag[0] == "" && has(jsonTag, "inline") {
			path := unnumbered
			if number != "" {
				path = strings.TrimPrefix(within+"."+number, ".")
			}
			out = append(out, x.fields(x.resolve(t, f.Type), path)...)
			continue
		}
		out = append(out, x.field(t, f, tag, jsonTag, number, within))
	}
	return out
}

func (x *extractor) field(t *typeDecl, f *ast.Field, tag reflect.StructTag, jsonTag []string, number, within string) string {
	m := markers{}
	m.add(f.Doc)
	omitEmpty, omitZero := has(jsonTag, "omitempty"), has(jsonTag, "omitzero")
	if number == "" || within == unnumbered {
		number, within = "-", ""
	}
	parts := []string{jsonTag[0], x.typeText(t, f.Type), number}
	flag := func(on bool, text string) {
		if on {
			parts = append(parts, text)
		}
	}
	flag(within != "", "in="+within)
	flag(omitEmpty, "omitempty")
	flag(omitZero, "omitzero")
	flag(isRequired(m, omitEmpty || omitZero), "required")
	flag(m.has("nullable"), "nullable")
	flag(tag.Get("patchStrategy") != "", "patch="+tag.Get("patchStrategy"))
	flag(tag.Get("patchMergeKey") != "", "key="+tag.Get("patchMergeKey"))
	listType, keys := either(m, "listType"), append(m["listMapKey"], m["k8s:listMapKey"]...)
	flag(listType != "", "list="+listType)
	flag(len(keys) > 0, "keys="+strings.Join(unique(keys), ","))
	flag(either(m, "mapType") == "atomic" || either(m, "structType") == "atomic", "atomic")
	flag(either(m, "structType") == "granular" || either(m, "mapType") == "granular", "granular")
	if m.first("default") != "" {
		parts = append(parts, "default="+t.defaultValue(m.first("default")))
	}
	for _, p := range parts {
		if strings.ContainsAny(p, " ;\n") {
			panic("separator inside a part: " + p)
		}
	}
	return strings.Join(parts, " ")
}

// As OpenAPI generation decides it.
func isRequired(m markers, omitted bool) bool {
	if m.has("optional") || m.has("k8s:optional") {
		return false
	}
	return m.has("required") || m.has("k8s:required") || !omitted
}

func (t *typeDecl) defaultValue(text string) string {
	if strings.HasPrefix(text, "ref(") {
		name := strings.TrimSuffix(strings.TrimPrefix(text, "ref("), ")")
		value, ok := t.pkg.consts[name]
		if !ok {
			panic("unknown default " + name)
		}
		return quote(value)
	}
	if !json.Valid([]byte(text)) {
		panic("default is not JSON: " + text)
	}
	return text
}

// typeText gives a field's type: `*T`, `list<T>`, `map<T>`, `box<T>` (a slice with a protobuf message of its own),
// a scalar with its enum in parentheses, or the OpenAPI name of a struct.
func (x *extractor) typeText(t *typeDecl, e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "*" + x.typeText(t, e.X)
	case *ast.ArrayType:
		if id, ok := e.Elt.(*ast.Ident); ok && id.Name == "byte" {
			return "bytes"
		}
		return "list<" + x.typeText(t, e.Elt) + ">"
	case *ast.MapType:
		return "map<" + x.typeText(t, e.Value) + ">"
	case *ast.InterfaceType:
		return "any"
	case *ast.Ident:
		if b, ok := basics[e.Name]; ok {
			return b
		}
		if e.Name == "any" {
			return "any"
		}
	}
	return x.namedText(x.resolve(t, e))
}

func (x *extractor) namedText(n *typeDecl) string {
	if s, ok := scalars[n.pkg.path+"."+n.name]; ok {
		return s
	}
	if _, ok := n.expr.(*ast.StructType); ok {
		return x.ref(n)
	}
	text := x.typeText(n, n.expr)
	if strings.HasPrefix(text, "list<") && n.markers.first("protobuf.nullable") == "true" {
		return "box<" + strings.TrimPrefix(text, "list<")
	}
	if text == "string" && (n.markers.has("enum") || n.markers.has("k8s:enum")) {
		values := unique(n.pkg.enums[n.name])
		sort.Strings(values)
		return "string(" + strings.ReplaceAll(strings.Join(values, ","), " ", "%20") + ")"
	}
	return text
}

func (x *extractor) resolve(t *typeDecl, e ast.Expr) *typeDecl {
	switch e := e.(type) {
	case *ast.StarExpr:
		return x.resolve(t, e.X)
	case *ast.Ident:
		if d, ok := t.pkg.types[e.Name]; ok {
			return d
		}
	case *ast.SelectorExpr:
		p := x.load(t.imports[e.X.(*ast.Ident).Name])
		if d, ok := p.types[e.Sel.Name]; ok {
			return d
		}
	}
	panic(fmt.Sprintf("cannot resolve %s in %s.%s", exprText(e), t.pkg.path, t.name))
}

func exprText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return exprText(e.X) + "." + e.Sel.Name
	case *ast.StarExpr:
		return exprText(e.X)
	}
	return fmt.Sprintf("%T", e)
}

func either(m markers, name string) string {
	if v := m.first(name); v != "" {
		return v
	}
	return m.first("k8s:" + name)
}

func has(list []string, item string) bool {
	for _, s := range list {
		if s == item {
			return true
		}
	}
	return false
}

func unique(list []string) []string {
	out := []string{}
	for _, s := range list {
		if !has(out, s) {
			out = append(out, s)
		}
	}
	return out
}
