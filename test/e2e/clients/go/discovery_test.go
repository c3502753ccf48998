package clients

import (
	"strings"
	"testing"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/openapi3"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
)

func TestDiscoveryAggregatedAndNot(t *testing.T) {
	for name, legacy := range map[string]bool{"aggregated": false, "legacy": true} {
		t.Run(name, func(t *testing.T) {
			client, err := discovery.NewDiscoveryClientForConfig(config(t))
			must(t, err)
			client.UseLegacyDiscovery = legacy
			version, err := client.ServerVersion()
			must(t, err)
			equal(t, version.Major+"."+version.Minor, "1.36", "version")
			groups, lists, err := client.ServerGroupsAndResources()
			must(t, err)
			equal(t, len(groups) > 15, true, "groups")
			found := map[string]bool{}
			for _, list := range lists {
				for _, resource := range list.APIResources {
					found[list.GroupVersion+"/"+resource.Name] = true
				}
			}
			for _, wanted := range []string{"v1/pods/exec", "v1/pods/eviction", "apps/v1/deployments/scale", "autoscaling/v2/horizontalpodautoscalers", "certificates.k8s.io/v1/certificatesigningrequests/approval", "resource.k8s.io/v1/resourceclaims"} {
				equal(t, found[wanted], true, wanted)
			}
			preferred, err := client.ServerPreferredNamespacedResources()
			must(t, err)
			listable := discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "delete", "watch"}}, preferred)
			equal(t, len(listable) > 8, true, "group versions with what a garbage collector collects")
			equal(t, discovery.ServerSupportsVersion(client, schema.GroupVersion{Group: "apps", Version: "v1"}), error(nil), "apps/v1")
		})
	}
}

func TestRestMapperAndScaleClient(t *testing.T) {
	client, err := discovery.NewDiscoveryClientForConfig(config(t))
	must(t, err)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client))
	expander := restmapper.NewShortcutExpander(mapper, memory.NewMemCacheClient(client), nil)
	kind, err := expander.KindFor(schema.GroupVersionResource{Resource: "deploy"})
	must(t, err)
	equal(t, kind, schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, "by short name")
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "policy", Kind: "PodDisruptionBudget"})
	must(t, err)
	equal(t, mapping.Resource.Resource, "poddisruptionbudgets", "resource")

	ns := namespace(t)
	_, err = typed(t, config(t)).AppsV1().StatefulSets(ns).Create(t.Context(), statefulSet("db"), metav1.CreateOptions{})
	must(t, err)
	scales, err := scale.NewForConfig(config(t), mapper, dynamicLegacyPath, scale.NewDiscoveryScaleKindResolver(client))
	must(t, err)
	current, err := scales.Scales(ns).Get(t.Context(), schema.GroupResource{Group: "apps", Resource: "statefulsets"}, "db", metav1.GetOptions{})
	must(t, err)
	current.Spec = autoscalingv1.ScaleSpec{Replicas: 3}
	changed, err := scales.Scales(ns).Update(t.Context(), schema.GroupResource{Group: "apps", Resource: "statefulsets"}, current, metav1.UpdateOptions{})
	must(t, err)
	equal(t, changed.Spec.Replicas, 3, "replicas")
}

func dynamicLegacyPath(kind schema.GroupVersionKind) string {
	if kind.Group == "" {
		return "/api"
	}
	return "/apis"
}

func TestOpenAPIInBothVersions(t *testing.T) {
	client, err := discovery.NewDiscoveryClientForConfig(config(t))
	must(t, err)
	document, err := client.OpenAPISchema()
	must(t, err)
	equal(t, document.Swagger, "2.0", "version of the old one")
	equal(t, len(document.Definitions.AdditionalProperties) > 500, true, "its definitions")
	root := openapi3.NewRoot(client.OpenAPIV3())
	versions, err := root.GroupVersions()
	must(t, err)
	equal(t, len(versions) > 15, true, "group versions")
	for _, version := range versions {
		spec, err := root.GVSpec(version)
		must(t, err)
		if spec.Paths == nil || len(spec.Paths.Paths) == 0 {
			t.Fatalf("%s has no paths", version)
		}
		for path, item := range spec.Paths.Paths {
			if item.Patch != nil && !strings.HasPrefix(spec.Version, "3.") && item.Patch.RequestBody == nil {
				t.Fatalf("PATCH %s has no body", path)
			}
		}
	}
}
