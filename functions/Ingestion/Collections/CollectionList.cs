namespace Serverless.Functions.Ingestion.Collections;

/// <summary>Body of <c>GET /collections</c>.</summary>
public sealed record CollectionList(IReadOnlyList<CollectionView> Collections);
