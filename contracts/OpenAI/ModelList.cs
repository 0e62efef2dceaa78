namespace Serverless.Contracts.OpenAI;

public sealed record ModelList(string Object, IReadOnlyList<ModelInfo> Data);
