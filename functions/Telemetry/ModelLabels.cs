namespace Serverless.Functions.Telemetry;

/// <summary>The labels of a model call's metrics: from closed sets, or set by an operator. Nothing that a caller can make up.</summary>
/// <param name="Operation"><c>gen_ai.operation.name</c>.</param>
/// <param name="Provider"><c>gen_ai.provider.name</c>.</param>
/// <param name="Model"><c>gen_ai.request.model</c>: the model's name at the provider, as the route gives it.</param>
/// <param name="Error"><c>error.type</c>; null for success.</param>
public readonly record struct ModelLabels(string Operation, string Provider, string Model, string? Error);
