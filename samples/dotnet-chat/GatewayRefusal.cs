namespace Serverless.Samples.DotNetChat;

/// <summary>What the gateway said in place of an answer.</summary>
/// <param name="code">A word for programs: <c>rate_limit_exceeded</c>, ...</param>
/// <param name="message">A sentence for people.</param>
public sealed class GatewayRefusal(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
