namespace Serverless.Functions.WebChat;

/// <summary>What the page asks before anybody is let in.</summary>
/// <param name="SignIn">Null where only a key lets in.</param>
public sealed record WebChatSettings(WebChatSignIn? SignIn);
