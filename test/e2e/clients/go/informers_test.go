package clients

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/pager"
	watchtools "k8s.io/client-go/tools/watch"
)

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

type counts struct{ added, updated, deleted atomic.Int64 }

func (c *counts) handler() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { c.added.Add(1) },
		UpdateFunc: func(before, after any) { c.updated.Add(1) },
		DeleteFunc: func(any) { c.deleted.Add(1) },
	}
}

func (c *counts) await(t *testing.T, added, updated, deleted int64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d added, %d updated, %d deleted", added, updated, deleted), func(context.Context) (bool, error) {
		return c.added.Load() == added && c.updated.Load() == updated && c.deleted.Load() == deleted, nil
	})
}

// change makes three objects, changes one and deletes one.
func change(t *testing.T, ns string) {
	t.Helper()
	maps := typed(t, protobuf(t)).CoreV1().ConfigMaps(ns)
	for _, name := range []string{"a", "b", "c"} {
		_, err := maps.Create(t.Context(), configMap(name, nil), metav1.CreateOptions{})
		must(t, err)
	}
	_, err := maps.Update(t.Context(), configMap("a", map[string]string{"changed": "yes"}), metav1.UpdateOptions{})
	must(t, err)
	must(t, maps.Delete(t.Context(), "b", metav1.DeleteOptions{}))
}

func TestSharedInformersFollowWhatHappens(t *testing.T) {
	ns, seen := namespace(t), &counts{}
	factory := informers.NewSharedInformerFactoryWithOptions(typed(t, protobuf(t)), time.Hour, informers.WithNamespace(ns),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "app=go" }))
	informer := factory.Core().V1().ConfigMaps()
	must(t, informer.Informer().AddIndexers(cache.Indexers{"changed": func(object any) ([]string, error) {
		return []string{object.(*corev1.ConfigMap).Data["changed"]}, nil
	}}))
	_, err := informer.Informer().AddEventHandler(seen.handler())
	must(t, err)
	factory.Start(t.Context().Done())
	for kind, synced := range factory.WaitForCacheSync(t.Context().Done()) {
		equal(t, synced, true, kind.String())
	}
	change(t, ns)
	seen.await(t, 3, 1, 1)
	listed, err := informer.Lister().ConfigMaps(ns).List(labels.Everything())
	must(t, err)
	equal(t, len(listed), 2, "in the cache")
	indexed, err := informer.Informer().GetIndexer().ByIndex("changed", "yes")
	must(t, err)
	equal(t, len(indexed), 1, "in the index")
}

func TestDynamicAndMetadataInformers(t *testing.T) {
	ns, whole, partial := namespace(t), &counts{}, &counts{}
	client, err := dynamic.NewForConfig(config(t))
	must(t, err)
	dynamicFactory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, ns, func(options *metav1.ListOptions) { options.LabelSelector = "app=go" })
	_, err = dynamicFactory.ForResource(configMaps).Informer().AddEventHandler(whole.handler())
	must(t, err)
	metadataClient, err := metadata.NewForConfig(protobuf(t))
	must(t, err)
	metadataFactory := metadatainformer.NewFilteredSharedInformerFactory(metadataClient, 0, ns, func(options *metav1.ListOptions) { options.LabelSelector = "app=go" })
	_, err = metadataFactory.ForResource(configMaps).Informer().AddEventHandler(partial.handler())
	must(t, err)
	dynamicFactory.Start(t.Context().Done())
	metadataFactory.Start(t.Context().Done())
	dynamicFactory.WaitForCacheSync(t.Context().Done())
	metadataFactory.WaitForCacheSync(t.Context().Done())
	change(t, ns)
	whole.await(t, 3, 1, 1)
	partial.await(t, 3, 1, 1)
	object, err := metadataFactory.ForResource(configMaps).Lister().ByNamespace(ns).Get("a")
	must(t, err)
	equal(t, object.(*metav1.PartialObjectMetadata).Labels["app"], "go", "a label")
}

// The reflector asks for a stream of what is there (WatchList), and gets it whole before it counts as synced.
func TestReflectorsStreamTheirFirstList(t *testing.T) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	const many = 300
	for i := range many {
		_, err := client.CoreV1().ConfigMaps(ns).Create(t.Context(), configMap(fmt.Sprintf("m%03d", i), map[string]string{"n": fmt.Sprint(i)}), metav1.CreateOptions{})
		must(t, err)
	}
	options := metav1.ListOptions{SendInitialEvents: ptr(true), AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan}
	stream, err := client.CoreV1().ConfigMaps(ns).Watch(t.Context(), options)
	must(t, err)
	added := 0
	for event := range stream.ResultChan() {
		if event.Type == watch.Added {
			added++
			continue
		}
		equal(t, event.Type, watch.Bookmark, "the event after the first ones")
		equal(t, event.Object.(*corev1.ConfigMap).Annotations[metav1.InitialEventsAnnotationKey], "true", "the annotation of their end")
		break
	}
	stream.Stop()
	equal(t, added, many+1, "initial events, kube-root-ca.crt among them")

	store := cache.NewStore(cache.MetaNamespaceKeyFunc)
	reflector := cache.NewReflector(cache.NewListWatchFromClient(client.CoreV1().RESTClient(), "configmaps", ns, fields.Everything()), &corev1.ConfigMap{}, store, 0)
	go reflector.RunWithContext(t.Context())
	eventually(t, "the store is filled", func(context.Context) (bool, error) { return len(store.ListKeys()) == many+1, nil })
	must(t, client.CoreV1().ConfigMaps(ns).Delete(t.Context(), "m001", metav1.DeleteOptions{}))
	eventually(t, "one is gone", func(context.Context) (bool, error) { return len(store.ListKeys()) == many, nil })
}

func TestPagesAreOfOneMoment(t *testing.T) {
	client, ns := typed(t, protobuf(t)), namespace(t)
	maps := client.CoreV1().ConfigMaps(ns)
	for i := range 50 {
		_, err := maps.Create(t.Context(), configMap(fmt.Sprintf("m%02d", i), nil), metav1.CreateOptions{})
		must(t, err)
	}
	first, err := maps.List(t.Context(), metav1.ListOptions{Limit: 10, LabelSelector: ""})
	must(t, err)
	equal(t, *first.RemainingItemCount, 41, "what remains")
	must(t, maps.Delete(t.Context(), "m49", metav1.DeleteOptions{}))
	rest, err := maps.List(t.Context(), metav1.ListOptions{Continue: first.Continue})
	must(t, err)
	equal(t, len(rest.Items), 41, "the second page, with what was deleted since")
	equal(t, rest.ResourceVersion, first.ResourceVersion, "its version")

	names := map[string]bool{}
	pages := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) { return maps.List(t.Context(), options) }))
	pages.PageSize = 7
	must(t, pages.EachListItem(t.Context(), metav1.ListOptions{}, func(object runtime.Object) error {
		names[object.(*corev1.ConfigMap).Name] = true
		return nil
	}))
	equal(t, len(names), 50, "by pages")
}

func TestRetryWatcherAndUntil(t *testing.T) {
	client, ns := typed(t, config(t)), namespace(t)
	maps := client.CoreV1().ConfigMaps(ns)
	made, err := maps.Create(t.Context(), configMap("watched", nil), metav1.CreateOptions{})
	must(t, err)
	lister := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return maps.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			options.TimeoutSeconds = ptr[int64](1) // so that it has to take up again where it was
			return maps.Watch(ctx, options)
		},
	}
	watcher, err := watchtools.NewRetryWatcherWithContext(t.Context(), made.ResourceVersion, lister)
	must(t, err)
	defer watcher.Stop()
	for i := range 3 {
		time.Sleep(900 * time.Millisecond)
		_, err := maps.Update(t.Context(), configMap("watched", map[string]string{"n": fmt.Sprint(i)}), metav1.UpdateOptions{})
		must(t, err)
		for event := range watcher.ResultChan() {
			if event.Type != watch.Modified {
				continue
			}
			equal(t, event.Object.(*corev1.ConfigMap).Data["n"], fmt.Sprint(i), "each change once and in order")
			break
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() {
		time.Sleep(200 * time.Millisecond)
		_ = maps.Delete(context.Background(), "watched", metav1.DeleteOptions{})
	}()
	_, err = watchtools.UntilWithSync(ctx, lister, &corev1.ConfigMap{}, nil, func(event watch.Event) (bool, error) {
		return event.Type == watch.Deleted, nil
	})
	must(t, err)
}

func TestDynamicClient(t *testing.T) {
	client, err := dynamic.NewForConfig(config(t))
	must(t, err)
	ns := namespace(t)
	maps := client.Resource(configMaps).Namespace(ns)
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "free"}, "data": map[string]any{"a": "1"}}}
	made, err := maps.Create(t.Context(), object, metav1.CreateOptions{})
	must(t, err)
	must(t, unstructured.SetNestedField(made.Object, "2", "data", "a"))
	_, err = maps.Update(t.Context(), made, metav1.UpdateOptions{})
	must(t, err)
	applied, err := maps.Apply(t.Context(), "free", &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "free"}, "data": map[string]any{"b": "3"}}}, metav1.ApplyOptions{FieldManager: "go"})
	must(t, err)
	data, _, _ := unstructured.NestedStringMap(applied.Object, "data")
	equal(t, len(data), 2, "fields of both")
	list, err := maps.List(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=free"})
	must(t, err)
	equal(t, len(list.Items), 1, "items")
}
