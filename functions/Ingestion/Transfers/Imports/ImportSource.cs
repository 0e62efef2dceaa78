namespace Serverless.Functions.Ingestion.Transfers.Imports;

/// <summary>Where documents are imported from.</summary>
/// <param name="Account">The address of another storage account's blob service; null: the app's own account.</param>
public sealed record ImportSource(string Container, Uri? Account = null);
