namespace Serverless.Samples.DotNetChat;

/// <summary>Why an answer ended early.</summary>
public sealed record StreamFailure(string Code, string Message);
