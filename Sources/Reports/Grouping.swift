extension Sequence {
  /// The elements of one key together, in the order in which keys come first.
  package func grouped<Key: Equatable>(by key: (Element) -> Key) -> [(key: Key, members: [Element])] {
    reduce(into: []) { groups, element in
      let key = key(element)
      if let place = groups.firstIndex(where: { $0.key == key }) {
        groups[place].members.append(element)
      } else {
        groups.append((key, [element]))
      }
    }
  }
}
