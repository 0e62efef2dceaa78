namespace Serverless.Contracts.SignalR;

/// <summary>What a web app's SignalR client connects with; the answer to its negotiate call.</summary>
/// <param name="AccessToken">Good for this hub and user until it expires; a connection outlives it.</param>
public sealed record SignalRClientAccess(string Url, string AccessToken)
{
    /// <summary>Tokens never reach a log by way of ToString.</summary>
    public override string ToString() => Url;
}
