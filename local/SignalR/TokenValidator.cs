using System.Security.Claims;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Local.SignalR;

/// <summary>Checks HS256 tokens: signature, lifetime, audience.</summary>
internal sealed class TokenValidator(string accessKey, TimeProvider time)
{
    private readonly SymmetricSecurityKey _key = new(Encoding.UTF8.GetBytes(accessKey));
    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };

    /// <param name="isAudience">Whether an audience is the one that is asked for.</param>
    /// <exception cref="SignalRException">401: the token is missing, malformed, expired, for something else, or signed with another key.</exception>
    public async Task<ClaimsIdentity> ValidateAsync(string? token, Func<string, bool> isAudience)
    {
        if (string.IsNullOrEmpty(token))
            throw new SignalRException(401, "Unauthorized", "A bearer token is required.");
        var now = time.GetUtcNow().UtcDateTime;
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidateIssuer = false,
            IssuerSigningKey = _key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            RequireExpirationTime = true,
            LifetimeValidator = (from, to, _, _) => (from is null || from <= now.AddMinutes(5)) && to > now,
            AudienceValidator = (audiences, _, _) => audiences.Any(isAudience),
        });
        return result.IsValid ? result.ClaimsIdentity : throw new SignalRException(401, "Unauthorized", Reason(result.Exception));
    }

    public string SignClientToken(string audience, string? userId, TimeSpan lifetime)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Audience = audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + lifetime,
            Claims = userId is null ? null : new Dictionary<string, object> { ["nameid"] = userId },
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.HmacSha256),
        });
    }

    private static string Reason(Exception? failure) => failure switch
    {
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException => "The token is expired or not yet valid.",
        SecurityTokenInvalidAudienceException => "The token is for another URL: its 'aud' must be the URL that it is sent to, with or without the query.",
        SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException => "The token is signed with another key.",
        _ => "The token is not valid.",
    };
}
