namespace Serverless.Functions.Batches.Input;

/// <summary>What is wrong with a batch's input, in OpenAI's shape.</summary>
/// <param name="Line">From 1; null where it is of no line.</param>
public sealed record InputFault(string Code, string Message, string? Param, int? Line);
