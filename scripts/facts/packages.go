package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// pkg is the syntax of one Go package, reduced to what the table needs.
type pkg struct {
	path    string
	model   string // OpenAPI package: io.k8s.api.apps.v1
	group   string
	version string
	types   map[string]*typeDecl
	// Values of string constants by their declared type, and by their own name.
	enums  map[string][]string
	consts map[string]string
}

type typeDecl struct {
	pkg     *pkg
	name    string
	expr    ast.Expr
	imports map[string]string
	markers markers
}

var modelMarker = regexp.MustCompile(`\+k8s:openapi-model-package=(\S+)`)

func (x *extractor) load(path string) *pkg {
	if p, ok := x.packages[path]; ok {
		return p
	}
	p := &pkg{path: path, types: map[string]*typeDecl{}, enums: map[string][]string{}, consts: map[string]string{}}
	x.packages[path] = p
	fset := token.NewFileSet()
	files, err := filepath.Glob(filepath.Join(x.dir(path), "*.go"))
	check(err, path)
	for _, name := range files {
		base := filepath.Base(name)
		if strings.HasSuffix(base, "_test.go") || strings.HasPrefix(base, "generated.pb") || strings.HasPrefix(base, "zz_") || strings.HasPrefix(base, "types_swagger") {
			continue
		}
		text, err := os.ReadFile(name)
		check(err, name)
		if m := modelMarker.FindSubmatch(text); m != nil && p.model == "" {
			p.model = string(m[1])
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
		check(err, name)
		p.addFile(file)
	}
	parts := strings.Split(path, "/")
	p.version = parts[len(parts)-1]
	return p
}

// dir of a package inside the downloaded module that has the longest matching path.
func (x *extractor) dir(path string) string {
	for m, dir := range x.moduleDirs {
		if path == m || strings.HasPrefix(path, m+"/") {
			return filepath.Join(dir, strings.TrimPrefix(path, m))
		}
	}
	return ""
}

func (p *pkg) addFile(file *ast.File) {
	imports := map[string]string{}
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		name := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		imports[name] = path
	}
	previousEnd := file.Name.End()
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			switch g.Tok {
			case token.TYPE:
				for _, s := range g.Specs {
					t := s.(*ast.TypeSpec)
					p.types[t.Name.Name] = &typeDecl{p, t.Name.Name, t.Type, imports, markersBetween(file, previousEnd, t.Pos())}
				}
			case token.CONST:
				p.addConsts(g)
			}
		}
		previousEnd = d.End()
	}
}

func (p *pkg) addConsts(g *ast.GenDecl) {
	for _, s := range g.Specs {
		v := s.(*ast.ValueSpec)
		for i, name := range v.Names {
			if i >= len(v.Values) {
				continue
			}
			value, ok := v.Values[i].(*ast.BasicLit)
			if !ok || value.Kind != token.STRING {
				continue
			}
			text, _ := strconv.Unquote(value.Value)
			p.consts[name.Name] = text
			if t, ok := v.Type.(*ast.Ident); ok {
				p.enums[t.Name] = append(p.enums[t.Name], text)
			}
			if name.Name == "GroupName" {
				p.group = text
			}
		}
	}
}

// markers are the `+name=value` lines of comments; a name may come several times.
type markers map[string][]string

var markerLine = regexp.MustCompile(`^//\s*\+([A-Za-z0-9:.\-()]+)(=(.*))?$`)

func (m markers) add(group *ast.CommentGroup) {
	if group == nil {
		return
	}
	for _, c := range group.List {
		if f := markerLine.FindStringSubmatch(strings.TrimSpace(c.Text)); f != nil {
			m[f[1]] = append(m[f[1]], strings.TrimSpace(f[3]))
		}
	}
}

func (m markers) has(name string) bool { return len(m[name]) > 0 }
func (m markers) first(name string) string {
	if len(m[name]) == 0 {
		return ""
	}
	return m[name][0]
}

// A type's markers may stand in a block of their own, apart from its description.
func markersBetween(file *ast.File, from, to token.Pos) markers {
	m := markers{}
	for _, c := range file.Comments {
		if c.Pos() > from && c.End() < to {
			m.add(c)
		}
	}
	return m
}
