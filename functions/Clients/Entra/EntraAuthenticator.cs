using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Clients;

/// <summary>
/// Access tokens of one tenant of Microsoft Entra ID: signed by its keys with RS256, from it, for the gateway, and in their time. Who a token is from is the
/// client that was made for the object, the application or one of the groups, in this order; and whoever has one of the application's roles, with no
/// client at all. An application role, where the token has one, is the role; what the client is restricted to holds in any case. Whose
/// token is not taken is told why, as ASP.NET Core's handler does: what is checked is no secret, and a wrong audience is the mistake that everybody makes.
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

    /// <exception cref="GatewayException">401: the token is not good, or its client is switched off; 403: a good token of somebody whom the gateway does not know; 503: it cannot be checked now.</exception>
    public async ValueTask<Caller> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        var read = await ValidateAsync(token, cancellationToken).ConfigureAwait(false);
        if (EntraPrincipal.Of(read, options.TenantId!) is not { } principal)
            throw Authenticator.Refused("The token is no access token of a person or an application of the tenant: it needs 'tid', 'oid' and 'azp' or 'appid'. ID tokens, which only tell who signed in, are not taken.");
        if (await FindAsync(principal, cancellationToken).ConfigureAwait(false) is not { } client)
        {
            return principal.Role is { } role
                ? new Caller($"entra-{principal.ObjectId}", principal.Groups, role == ClientRole.Operator) { IsReader = role == ClientRole.Reader }
                : throw NotKnown(principal);
        }

        if (!client.IsActive(time.GetUtcNow())) throw Authenticator.Refused("The client that the token stands for is disabled, or its time is over.");
        var effective = principal.Role ?? client.EffectiveRole;
        return client.ToCaller() with
        {
            IsOperator = effective == ClientRole.Operator,
            IsReader = effective == ClientRole.Reader,
            Groups = [.. client.Groups.Union(principal.Groups, StringComparer.Ordinal)],
            TokenRole = principal.Role,
            TokenGroups = principal.Groups,
            // The members of a group are one client to limits and budgets, and strangers to each other.
            Person = client.Entra!.Group is null ? null : $"{client.Id}.{principal.ObjectId}",
        };
    }

    private static GatewayException NotKnown(EntraPrincipal principal) => new(
        StatusCodes.Status403Forbidden,
        new ErrorDetail(
            "principal_not_known",
            "The token is good, but no client stands for whom it is from, and it has none of the gateway's application roles."
            + (principal.HasMoreGroups ? " It does not name its groups, because there are too many: let the application's registration emit only those that are assigned to it." : ""),
            "permission_error"));

    /// <exception cref="GatewayException">401: it is not good; 503: it cannot be checked now.</exception>
    private async ValueTask<JsonWebToken> ValidateAsync(string token, CancellationToken cancellationToken)
    {
        var known = await keys.GetAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var result = await _handler.ValidateTokenAsync(token, Parameters(known)).ConfigureAwait(false);
            if (result.IsValid) return (JsonWebToken)result.SecurityToken;
            if (result.Exception is not SecurityTokenSignatureKeyNotFoundException) throw Authenticator.Refused(WhyNot(result.Exception));
            known = await keys.NewerAsync(known, cancellationToken).ConfigureAwait(false) ?? throw Authenticator.Refused(WhyNot(result.Exception));
        }
    }

    /// <returns>Null for what is no token.</returns>
    private string? WhyNot(Exception? failure) => failure switch
    {
        SecurityTokenExpiredException expired => $"The token was good until {At(expired.Expires)}; clocks may be {options.ClockSkew.TotalSeconds:0} seconds apart.",
        SecurityTokenNotYetValidException early => $"The token is good from {At(early.NotBefore)}; clocks may be {options.ClockSkew.TotalSeconds:0} seconds apart.",
        SecurityTokenNoExpirationException => "The token has no end.",
        SecurityTokenInvalidAudienceException => "The token is for something else: its 'aud' is none of the setting 'Entra:Audience'.",
        SecurityTokenInvalidIssuerException => "The token is from another tenant than that of the setting 'Entra:TenantId', or from another cloud than that of 'Entra:Instance'.",
        SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException => "The token is not signed with RS256 by a key of the tenant.",
        _ => null,
    };

    private static string At(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private TokenValidationParameters Parameters(EntraKeySet known) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.RsaSha256],
        ValidIssuers = known.Issuer is { Length: > 0 } issuer ? [.. options.Issuers, issuer] : options.Issuers,
        ValidAudiences = options.TokenAudiences,
        IssuerSigningKeys = known.Keys,
        TryAllIssuerSigningKeys = false,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) => IsInTime(notBefore, expires),
    };

    /// <exception cref="SecurityTokenException">It is not; the exception says why.</exception>
    private bool IsInTime(DateTime? notBefore, DateTime? expires)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (expires is not { } end) throw new SecurityTokenNoExpirationException();
        if (now >= end + options.ClockSkew) throw new SecurityTokenExpiredException { Expires = end };
        return notBefore is not { } start || now >= start - options.ClockSkew ? true : throw new SecurityTokenNotYetValidException { NotBefore = start };
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
