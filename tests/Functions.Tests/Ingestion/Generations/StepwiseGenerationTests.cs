using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion.Generations;

[Collection(AzureCollection.Name)]
public sealed class StepwiseGenerationTests(AzureServices azure) : GenerationTests(azure, isWhole: false);
