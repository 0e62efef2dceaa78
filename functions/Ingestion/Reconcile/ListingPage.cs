namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>One page of a listing, in the order of its names.</summary>
/// <param name="Next">What comes after it.</param>
public sealed record ListingPage<T>(IReadOnlyList<KeyValuePair<string, T>> Items, ListingPlace Next);
