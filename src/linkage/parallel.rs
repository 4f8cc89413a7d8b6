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
