namespace Serverless.Functions.Ingestion.Reconcile;

/// <summary>How far the three listings have been read together.</summary>
/// <param name="After">The last name that was seen; empty: none. A page that was seen in part is read again, and its names up to here are passed over.</param>
public sealed record ListingPlaces(ListingPlace Documents, ListingPlace Statuses, ListingPlace Texts, string After)
{
    public static ListingPlaces Start { get; } = new(new ListingPlace(), new ListingPlace(), new ListingPlace(), string.Empty);

    public bool Ended => Documents.Ended && Statuses.Ended && Texts.Ended;
}
