//! Every order in which a few things can happen.

/// Every order of the numbers below `count`.
pub fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let with_last = |order: Vec<usize>| {
        (0..count).map(move |at| {
            let mut order = order.clone();
            order.insert(at, last);
            order
        })
    };
    orders(last).into_iter().flat_map(with_last).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::orders;

    #[test]
    fn each_order_comes_once() {
        for (count, all) in [(0, 1), (1, 1), (3, 6), (5, 120)] {
            let orders: Vec<Vec<usize>> = orders(count);
            assert_eq!(orders.len(), all);
            assert_eq!(orders.iter().collect::<BTreeSet<_>>().len(), all);
            let is_order = |order: &Vec<usize>| order.iter().copied().collect::<BTreeSet<_>>() == (0..count).collect();
            assert!(orders.iter().all(is_order));
        }
    }
}
