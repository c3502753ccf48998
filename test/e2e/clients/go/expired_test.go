package clients

import (
	"context"
	"os"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/pager"
	watchtools "k8s.io/client-go/tools/watch"
)

// A client was away for a week: what it kept, a version and a token for the next page, is in the environment.
func TestWhatIsTooOldIsExpired(t *testing.T) {
	maps := typed(t, protobuf(t)).CoreV1().ConfigMaps("default")
	version, token := os.Getenv("OLD_VERSION"), os.Getenv("OLD_CONTINUE")
	whole, err := maps.List(t.Context(), metav1.ListOptions{})
	must(t, err)

	t.Run("a page", func(t *testing.T) {
		_, err := maps.List(t.Context(), metav1.ListOptions{Limit: 1, Continue: token})
		equal(t, apierrors.IsResourceExpired(err), true, "expired")
		rest, err := maps.List(t.Context(), metav1.ListOptions{Continue: err.(apierrors.APIStatus).Status().ListMeta.Continue})
		must(t, err)
		equal(t, len(rest.Items), len(whole.Items)-1, "the rest, inconsistent but told")
	})
	t.Run("a pager begins anew", func(t *testing.T) {
		pages := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
			if options.Continue != "" {
				options.Continue = token
			}
			return maps.List(t.Context(), options)
		}))
		pages.PageSize = 1
		list, _, err := pages.List(t.Context(), metav1.ListOptions{})
		must(t, err)
		equal(t, len(list.(*corev1.ConfigMapList).Items), len(whole.Items), "items")
	})
	t.Run("a list of then", func(t *testing.T) {
		_, err := maps.List(t.Context(), metav1.ListOptions{ResourceVersion: version, ResourceVersionMatch: metav1.ResourceVersionMatchExact})
		equal(t, apierrors.IsResourceExpired(err), true, "expired")
	})
	lister := func(lists *atomic.Int64) *cache.ListWatch {
		return &cache.ListWatch{
			ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
				list, err := maps.List(ctx, options)
				if err == nil && lists.Add(1) == 1 {
					list.ResourceVersion = version
				}
				return list, err
			},
			WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
				if options.SendInitialEvents != nil {
					return nil, apierrors.NewMethodNotSupported(corev1.Resource("configmaps"), "streamed list") // so that it lists
				}
				return maps.Watch(ctx, options)
			},
		}
	}
	t.Run("a RetryWatcher ends with it", func(t *testing.T) {
		watcher, err := watchtools.NewRetryWatcherWithContext(t.Context(), version, lister(&atomic.Int64{}))
		must(t, err)
		event := <-watcher.ResultChan()
		equal(t, event.Type, watch.Error, "event")
		equal(t, apierrors.IsResourceExpired(apierrors.FromObject(event.Object)), true, "expired")
		_, open := <-watcher.ResultChan()
		equal(t, open, false, "whether it goes on")
	})
	t.Run("a reflector lists anew", func(t *testing.T) {
		lists, store := &atomic.Int64{}, cache.NewStore(cache.MetaNamespaceKeyFunc)
		reflector := cache.NewReflector(lister(lists), &corev1.ConfigMap{}, store, 0)
		go reflector.RunWithContext(t.Context())
		eventually(t, "a second list", func(context.Context) (bool, error) { return lists.Load() > 1, nil })
		_, err := maps.Create(t.Context(), configMap("after-the-second", nil), metav1.CreateOptions{})
		must(t, err)
		eventually(t, "the cache follows", func(context.Context) (bool, error) { return len(store.List()) == len(whole.Items)+1, nil })
	})
}
