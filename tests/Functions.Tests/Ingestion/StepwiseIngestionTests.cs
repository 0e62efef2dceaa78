using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Documents that go step by step.</summary>
[Collection(AzureCollection.Name)]
public sealed class StepwiseIngestionTests(AzureServices azure) : IngestionTests(azure, isWhole: false);
