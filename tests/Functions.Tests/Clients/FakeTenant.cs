using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Functions.Tests.Clients;

/// <summary>A tenant of Microsoft Entra ID: its metadata, its keys, and tokens of the shapes that it signs.</summary>
internal sealed class FakeTenant : IDocumentRetriever, IDisposable
{
    public const string Id = "11111111-2222-3333-4444-555555555555";
    public const string Audience = "api://gateway";
    public const string App = "aaaaaaaa-0000-0000-0000-000000000001";
    private const string Keys = "https://login.microsoftonline.com/keys";

    private readonly List<RsaSecurityKey> _published = [];
    private int _reads;
    private int _asked;

    public FakeTenant() => Rotate();

    public RsaSecurityKey Key { get; private set; } = null!;

    /// <summary>Whether nobody answers.</summary>
    public bool IsDown { get; set; }

    /// <summary>How often the keys were asked for.</summary>
    public int Reads => _reads;

    /// <summary>How often anything was asked for.</summary>
    public int Asked => _asked;

    /// <summary>What an answer waits for; null for nothing.</summary>
    public Task? Gate { get; set; }

    /// <summary>Signs with a new key from now on; the old ones stay published unless they are withdrawn.</summary>
    public void Rotate(bool withdraw = false)
    {
        if (withdraw) _published.Clear();
        Key = new RsaSecurityKey(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") };
        _published.Add(Key);
    }

    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        Interlocked.Increment(ref _asked);
        if (Gate is { } gate) await gate;
        if (IsDown) throw new IOException("The tenant does not answer.");
        if (address != Keys)
        {
            Assert.Equal($"https://login.microsoftonline.com/{Id}/v2.0/.well-known/openid-configuration", address);
            return JsonSerializer.Serialize(new { issuer = $"https://login.microsoftonline.com/{Id}/v2.0", jwks_uri = Keys });
        }

        Interlocked.Increment(ref _reads);
        var keys = _published.Select(k =>
        {
            var p = k.Rsa.ExportParameters(false);
            return new { kty = "RSA", use = "sig", kid = k.KeyId, n = Base64UrlEncoder.Encode(p.Modulus!), e = Base64UrlEncoder.Encode(p.Exponent!) };
        });
        return JsonSerializer.Serialize(new { keys });
    }

    /// <summary>A person's access token of version 2 until <paramref name="change"/> makes another of it.</summary>
    public string Token(string objectId, DateTimeOffset now, Action<Dictionary<string, object>>? change = null, SigningCredentials? signing = null)
    {
        var claims = new Dictionary<string, object>
        {
            ["iss"] = $"https://login.microsoftonline.com/{Id}/v2.0",
            ["aud"] = Audience,
            ["tid"] = Id,
            ["oid"] = objectId,
            ["sub"] = "pairwise",
            ["azp"] = App,
            ["scp"] = "access",
            ["ver"] = "2.0",
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        };
        change?.Invoke(claims);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(JsonSerializer.Serialize(claims), signing ?? new SigningCredentials(Key, SecurityAlgorithms.RsaSha256));
    }

    /// <summary>A token that brings the key along that is to check it.</summary>
    public string WithItsOwnKey(string objectId, DateTimeOffset now, string kid, Dictionary<string, object> header)
    {
        using var rsa = RSA.Create(2048);
        var p = rsa.ExportParameters(false);
        header["jwk"] = new Dictionary<string, object> { ["kty"] = "RSA", ["kid"] = kid, ["n"] = Base64UrlEncoder.Encode(p.Modulus!), ["e"] = Base64UrlEncoder.Encode(p.Exponent!) };
        header["alg"] = "RS256";
        header["kid"] = kid;
        var words = $"{Base64UrlEncoder.Encode(JsonSerializer.SerializeToUtf8Bytes(header))}.{Token(objectId, now).Split('.')[1]}";
        return $"{words}.{Base64UrlEncoder.Encode(rsa.SignData(Encoding.ASCII.GetBytes(words), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>A token whose head says that it is not signed.</summary>
    public string Unsigned(string objectId, DateTimeOffset now) =>
        $"{Base64UrlEncoder.Encode(Encoding.UTF8.GetBytes("""{"alg":"none","typ":"JWT"}"""))}.{Token(objectId, now).Split('.')[1]}.";

    /// <summary>A token signed by HMAC with the public key as if it were a secret.</summary>
    public string SignedWithThePublicKey(string objectId, DateTimeOffset now)
    {
        var secret = new SymmetricSecurityKey(Key.Rsa.ExportSubjectPublicKeyInfo()) { KeyId = Key.KeyId };
        return Token(objectId, now, signing: new SigningCredentials(secret, SecurityAlgorithms.HmacSha256));
    }

    public void Dispose()
    {
        foreach (var key in _published) key.Rsa.Dispose();
    }
}
