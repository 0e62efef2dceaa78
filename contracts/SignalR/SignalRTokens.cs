using System.Collections.Concurrent;
using System.Text;
using Azure.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Contracts.SignalR;

/// <summary>Bearer tokens for the data plane, kept until near their expiry: HS256 with the access key, or the identity's.</summary>
internal sealed class SignalRTokens
{
    private static readonly string[] Scopes = ["https://signalr.azure.com/.default"];
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    // An audience is a URL with a user or connection in it: they come and go.
    private const int MaxCached = 1000;

    private readonly SigningCredentials? _signing;
    private readonly TokenCredential? _credential;
    private readonly TimeProvider _time;
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly ConcurrentDictionary<string, SignedToken> _byAudience = new(StringComparer.Ordinal);
    private volatile IdentityToken? _identityToken;

    public SignalRTokens(SignalRConnectionString connection, TokenCredential? credential, TimeProvider time)
    {
        _time = time;
        if (connection.AccessKey is { } key)
            _signing = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)), SecurityAlgorithms.HmacSha256);
        else
            _credential = credential ?? throw new ArgumentException("The SignalR connection string names AuthType=azure.msi: a token credential is needed.", nameof(credential));
    }

    /// <summary>Whether client tokens can be signed here; otherwise the service must make them.</summary>
    public bool CanSign => _signing is not null;

    /// <param name="audience">The request's URL without its query.</param>
    public async ValueTask<string> ForRequestAsync(string audience, CancellationToken cancellationToken)
    {
        var (now, date) = (_time.GetSteadyNow(), _time.GetUtcNow());
        if (_signing is null)
        {
            // Two callers at once may both ask; either answer is good.
            var held = _identityToken;
            if (held is null || held.Until <= now || held.Given.ExpiresOn - Margin <= date)
            {
                var given = await _credential!.GetTokenAsync(new TokenRequestContext(Scopes), cancellationToken);
                _identityToken = held = new IdentityToken(given, now + (given.ExpiresOn - date) - Margin);
            }

            return held.Given.Token;
        }

        if (_byAudience.TryGetValue(audience, out var cached) && IsGood(cached, now, date))
            return cached.Token;
        if (_byAudience.Count >= MaxCached)
            _byAudience.Clear();
        var token = Sign(audience, null, Lifetime);
        _byAudience[audience] = new SignedToken(token, now, date);
        return token;
    }

    /// <exception cref="InvalidOperationException">There is no key to sign with.</exception>
    public string ForClient(string audience, string userId, TimeSpan lifetime) => Sign(audience, userId, lifetime);

    /// <summary>Whether a token has time left by any clock. One that was signed before the clock was set says times that the service, whose clock is right, takes for past or yet to come.</summary>
    private static bool IsGood(SignedToken token, TimeSpan now, DateTimeOffset date)
    {
        var age = now - token.At;
        return age < Lifetime - Margin && (date - token.Date - age).Duration() < Margin;
    }

    private string Sign(string audience, string? userId, TimeSpan lifetime)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Audience = audience,
            IssuedAt = now,
            // Clocks are a little apart, and are set back a little.
            NotBefore = now - Margin,
            Expires = now + lifetime,
            Claims = userId is null ? null : new Dictionary<string, object> { ["nameid"] = userId, ["asrs.s.uid"] = userId },
            SigningCredentials = _signing ?? throw new InvalidOperationException("There is no access key to sign with."),
        });
    }

    /// <param name="At">When it was signed, by the clock that nobody sets.</param>
    /// <param name="Date">And by the one that its times are by.</param>
    private sealed record SignedToken(string Token, TimeSpan At, DateTimeOffset Date)
    {
        public override string ToString() => nameof(SignedToken);
    }

    /// <param name="Until">How long it serves, by the clock that nobody sets. Where that stood still, in a machine that slept, the date tells.</param>
    private sealed record IdentityToken(AccessToken Given, TimeSpan Until);
}
