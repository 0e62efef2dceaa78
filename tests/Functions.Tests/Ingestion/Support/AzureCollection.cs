namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Tests that share one Azurite and one search emulator; each uses collections of its own.</summary>
[CollectionDefinition(Name)]
public sealed class AzureCollection : ICollectionFixture<AzureServices>
{
    public const string Name = "azure services";
}
