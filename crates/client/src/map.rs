//! A small sorted map.
//!
//! In the wasm a `BTreeMap` takes some kilobytes for each pair of types; this map searches the keys alone, so
//! the search is compiled once for each type of key. Made for hundreds of conversations, not millions.

/// A map in two sorted vectors.
#[derive(Debug, Clone)]
pub(crate) struct Map<K, V> {
    keys: Vec<K>,
    values: Vec<V>,
}

/// A set: a map to nothing.
pub(crate) type Set<K> = Map<K, ()>;

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map { keys: Vec::new(), values: Vec::new() }
    }
}

impl<K: Ord, V> Map<K, V> {
    pub fn get(&self, key: &K) -> Option<&V> {
        self.values.get(find(&self.keys, key).ok()?)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.values.get_mut(find(&self.keys, key).ok()?)
    }

    pub fn contains(&self, key: &K) -> bool {
        find(&self.keys, key).is_ok()
    }

    /// Inserts or replaces a value. True if there was none.
    pub fn insert(&mut self, key: K, value: V) -> bool {
        match find(&self.keys, &key) {
            Ok(index) => {
                if let Some(known) = self.values.get_mut(index) {
                    *known = value;
                }
                false
            }
            Err(index) => {
                self.keys.insert(index, key);
                self.values.insert(index, value);
                true
            }
        }
    }

    /// Inserts a value if there is none.
    pub fn add(&mut self, key: K, value: V) {
        if !self.contains(&key) {
            self.insert(key, value);
        }
    }

    pub fn remove(&mut self, key: &K) {
        if let Ok(index) = find(&self.keys, key) {
            self.keys.remove(index);
            self.values.remove(index);
        }
    }

    pub fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }

    /// Clears the map and returns its keys.
    pub fn take_keys(&mut self) -> Vec<K> {
        self.values.clear();
        std::mem::take(&mut self.keys)
    }

    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.keys.iter()
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.values.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.keys.iter().zip(&mut self.values)
    }
}

fn find<K: Ord>(keys: &[K], key: &K) -> Result<usize, usize> {
    keys.binary_search(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map() {
        let mut map = Map::default();
        assert!(map.insert(2, "b"));
        assert!(map.insert(1, "a"));
        assert!(!map.insert(2, "B"));
        map.add(1, "never");
        map.add(3, "c");
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(map.values().copied().collect::<Vec<_>>(), ["a", "B", "c"]);
        assert_eq!((map.get(&2), map.get(&4)), (Some(&"B"), None));
        map.remove(&2);
        map.remove(&2);
        assert!(!map.contains(&2));
        assert_eq!(map.take_keys(), [1, 3]);
        assert_eq!(map.get(&1), None);
    }
}
