using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Documents that one activity brings in.</summary>
[Collection(AzureCollection.Name)]
public sealed class WholeIngestionOrderTests(AzureServices azure) : IngestionOrderTests(azure, isWhole: true);
