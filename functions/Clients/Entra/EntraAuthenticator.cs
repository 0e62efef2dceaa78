using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Clients;

/// <summary>
/// Access tokens of one tenant of Microsoft Entra ID: signed by its keys with RS256, from it, for the gateway, and in their time. Who a token is from is the
/// client that was made for the object, the application or one of the groups, in this order; and whoever has one of the application's roles, with no
/// client at all. An application role, where the token has one, is the role; what the client is restricted to holds in any case.
/// </summary>
public sealed class EntraAuthenticator(EntraOptions options, EntraKeys keys, ClientStore clients, TimeProvider time)
{
    private const int MaxLength = 16 * 1024;

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength };

    /// <summary>Whether a credential is to be read as a token.</summary>
    public bool Takes(string credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        return options.IsOn && credential.Length <= MaxLength && credential.StartsWith("ey", StringComparison.Ordinal) && credential.AsSpan().Count('.') == 2;
    }

    /// <returns>Null when the token is not good, or the client that it stands for is switched off.</returns>
    /// <exception cref="GatewayException">403: a good token of somebody whom the gateway does not know; 503: it cannot be checked now.</exception>
    public async ValueTask<Caller?> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        if (await ValidateAsync(token, cancellationToken).ConfigureAwait(false) is not { } read || EntraPrincipal.Of(read, options.TenantId!) is not { } principal) return null;
        if (await FindAsync(principal, cancellationToken).ConfigureAwait(false) is not { } client)
        {
            return principal.Role is { } role
                ? new Caller($"entra-{principal.ObjectId}", principal.Groups, role == ClientRole.Operator) { IsReader = role == ClientRole.Reader }
                : throw NotKnown();
        }

        if (!client.IsActive(time.GetUtcNow())) return null;
        var effective = principal.Role ?? client.EffectiveRole;
        return client.ToCaller() with
        {
            IsOperator = effective == ClientRole.Operator,
            IsReader = effective == ClientRole.Reader,
            Groups = [.. client.Groups.Union(principal.Groups, StringComparer.Ordinal)],
            // The members of a group are one client to limits and budgets, and strangers to each other.
            Person = client.Entra!.Group is null ? null : $"{client.Id}.{principal.ObjectId}",
        };
    }

    private static GatewayException NotKnown() => new(
        StatusCodes.Status403Forbidden,
        new ErrorDetail("principal_not_known", "The token is good, but no client stands for whom it is from, and it has none of the gateway's application roles.", "permission_error"));

    private async ValueTask<JsonWebToken?> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _handler.ValidateTokenAsync(token, Parameters(await keys.GetAsync(cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
            if (result.IsValid) return (JsonWebToken)result.SecurityToken;
            if (result.Exception is not SecurityTokenSignatureKeyNotFoundException || !keys.Refresh()) return null;
        }
    }

    private TokenValidationParameters Parameters(ICollection<SecurityKey> signingKeys) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
        ValidIssuers = options.Issuers,
        ValidAudiences = options.Audiences,
        IssuerSigningKeys = signingKeys,
        TryAllIssuerSigningKeys = false,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) => IsInTime(notBefore, expires),
    };

    private bool IsInTime(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + options.ClockSkew && (notBefore is not { } start || now >= start - options.ClockSkew);
    }

    private async ValueTask<ClientRecord?> FindAsync(EntraPrincipal principal, CancellationToken cancellationToken)
    {
        if (await FindAsync(new EntraIdentity { ObjectId = principal.ObjectId }, cancellationToken).ConfigureAwait(false) is { } own) return own;
        if (principal.AppId is { } app && await FindAsync(new EntraIdentity { AppId = app }, cancellationToken).ConfigureAwait(false) is { } application) return application;
        ClientRecord? found = null;
        foreach (var group in principal.Groups)
        {
            // Of several, the one that was there first.
            if (await FindAsync(new EntraIdentity { Group = group }, cancellationToken).ConfigureAwait(false) is { } client && (found is null || client.CreatedAt < found.CreatedAt)) found = client;
        }

        return found;
    }

    private async ValueTask<ClientRecord?> FindAsync(EntraIdentity identity, CancellationToken cancellationToken) =>
        await clients.FindAsync(identity.ClientId, cancellationToken).ConfigureAwait(false) is { } client && client.Entra == identity ? client : null;
}
