namespace Serverless.Functions.WebChat;

/// <summary>What the page tells Microsoft Entra ID when it signs somebody in; nothing of it is a secret.</summary>
/// <param name="Authority">The tenant's sign-in address.</param>
/// <param name="ClientId">The page's registration, a single-page application.</param>
/// <param name="Scopes">What the tokens are to be for.</param>
public sealed record WebChatSignIn(string Authority, string ClientId, IReadOnlyList<string> Scopes);
