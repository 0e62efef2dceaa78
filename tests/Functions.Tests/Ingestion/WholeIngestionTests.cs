using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Documents that one activity brings in.</summary>
[Collection(AzureCollection.Name)]
public sealed class WholeIngestionTests(AzureServices azure) : IngestionTests(azure, isWhole: true);
