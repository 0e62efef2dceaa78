namespace Serverless.Contracts.Tests.Fuzzing;

/// <summary>A request as the documentation shows it, which a fuzzer spoils.</summary>
/// <param name="Target">Path and query; what stands in braces, for example <c>/v1/models/{chat}?top={5}</c>, is a value that may be replaced.</param>
/// <param name="Body">JSON, or null for none.</param>
public sealed record DocumentedRequest(string Method, string Target, string? Body = null);
