/// `work` for every number below `n`, in order; on all cores where the feature is on.
pub(super) fn each<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        (0..n).into_par_iter().map(&work).collect()
    }
    #[cfg(not(feature = "parallel"))]
    (0..n).map(&work).collect()
}

/// As [`each`], with a worker's buffers kept from one number to the next.
pub(super) fn each_with<B: Default, T: Send>(
    n: usize,
    work: impl Fn(&mut B, usize) -> T + Sync,
) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        (0..n).into_par_iter().map_init(B::default, &work).collect()
    }
    #[cfg(not(feature = "parallel"))]
    {
        let mut buffers = B::default();
        (0..n).map(|i| work(&mut buffers, i)).collect()
    }
}

/// `work` for every one of `items`, in order; on all cores where the feature is on.
pub(super) fn each_of<I: Send, T: Send>(items: Vec<I>, work: impl Fn(I) -> T + Sync) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        items.into_par_iter().map(&work).collect()
    }
    #[cfg(not(feature = "parallel"))]
    items.into_iter().map(&work).collect()
}
