using System.Security.Cryptography;
using Azure.Core;

namespace Serverless.Local.Loopback;

/// <summary>The credential of the local stack: one constant token, which its emulators expect.</summary>
public sealed class LocalTokenCredential : TokenCredential
{
    public LocalTokenCredential(string token)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(token);
        Token = token;
    }

    /// <summary>What the emulators are given as their bearer token.</summary>
    public string Token { get; }

    /// <summary>A credential with a random token: other users of the machine cannot guess it.</summary>
    public static LocalTokenCredential Create() => new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(Token, DateTimeOffset.MaxValue);

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));

    public override string ToString() => nameof(LocalTokenCredential);
}
