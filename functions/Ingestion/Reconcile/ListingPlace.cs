namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>Where a listing of blobs goes on.</summary>
/// <param name="Token">The service's own; null: from the beginning.</param>
/// <param name="Ended">Whether there is nothing more.</param>
public sealed record ListingPlace(string? Token = null, bool Ended = false);
