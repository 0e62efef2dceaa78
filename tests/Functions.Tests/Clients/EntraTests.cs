using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;
using Serverless.Functions.Clients;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Clients;

/// <summary>Access tokens of Microsoft Entra ID in place of keys.</summary>
[Collection("gateway")]
public sealed class EntraTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Op = GatewayHost.OperatorKey;
    private const string Person = "bbbbbbbb-0000-0000-0000-000000000001";
    private const string Group = "cccccccc-0000-0000-0000-000000000001";
    private readonly FakeTenant _tenant = new();
    private readonly MovedClock _time = new(DateTimeOffset.UtcNow);
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(
        azurite,
        new()
        {
            ["Gateway:AnonymousAccess"] = "none",
            ["Gateway:OperatorKey"] = Op,
            ["Gateway:ClientCheckSeconds"] = "0",
            ["Entra:TenantId"] = FakeTenant.Id,
            ["Entra:Audience"] = $"other, {FakeTenant.Audience}",
        },
        s => s.AddSingleton<TimeProvider>(_time).AddSingleton<IDocumentRetriever>(_tenant));

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _tenant.Dispose();
    }

    [Fact]
    public async Task Person_WithAClient_IsThatClient()
    {
        var made = await MakeAsync(new { object_id = Person.ToUpperInvariant() }, "reader");
        Assert.Equal(Person, made.Json.GetProperty("entra").GetProperty("object_id").GetString());
        Assert.False(made.Json.TryGetProperty("key", out var key) && key.ValueKind != System.Text.Json.JsonValueKind.Null);
        var token = Token(Person);
        Assert.Equal(200, await GetAsync(token, "/clients"));
        Assert.Equal(200, await GetAsync(Token(Person, t => (t["iss"], t["ver"], t["appid"]) = ($"https://sts.windows.net/{FakeTenant.Id}/", "1.0", FakeTenant.App))));
        Assert.Equal("reader_only_reads", (await _host.PostAsync("/v1/chat/completions", "{}", token)).Code);
        Assert.Equal(1, _tenant.Reads);
        Assert.DoesNotContain(token, _host.Logs.All, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[1], await _host.AllBlobsAsync() + _host.Logs.All, StringComparison.Ordinal);

        // As with a key: what is switched off, expired or deleted is out at once.
        var id = made.Json.GetProperty("id").GetString();
        await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { disabled = true }, Op);
        Assert.Equal(401, await GetAsync(token));
        await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { disabled = false }, Op);
        Assert.Equal(200, await GetAsync(token));
        await _host.SendAsync(HttpMethod.Delete, $"/clients/{id}", null, Op);
        Assert.Equal("principal_not_known", (await _host.GetAsync("/v1/models", token)).Code);
    }

    [Theory]
    [InlineData("Gateway.Operator", 201, 200)]
    [InlineData("Gateway.Reader", 403, 200)]
    [InlineData("Gateway.Client", 403, 403)]
    public async Task ApplicationRole_IsTheRoleWithAndWithoutAClient(string role, int post, int list)
    {
        foreach (var hasClient in (bool[])[false, true])
        {
            if (hasClient) await MakeAsync(new { object_id = Person }, "client");
            var token = Token(Person, t => t["roles"] = new[] { "Other", role });
            Assert.Equal(post, (await _host.PostAsync("/clients", new { name = "x" }, token)).Status);
            Assert.Equal(list, await GetAsync(token, "/clients"));
        }
    }

    /// <summary>An application is its own only where it signs in as itself: through it, a person is the person.</summary>
    [Fact]
    public async Task Application_StandsForItselfAndNotForItsUsers()
    {
        await MakeAsync(new { app_id = FakeTenant.App }, "client");
        Assert.Equal(403, await GetAsync(Token(Person)));
        Assert.Equal(200, await GetAsync(Token(Person, t => t.Remove("scp"))));
        Assert.Equal(200, await GetAsync(Token(Person, t => t["idtyp"] = "app")));
        Assert.Equal(403, await GetAsync(Token(Person, t =>
        {
            t.Remove("scp");
            t["idtyp"] = "user";
        })));
    }

    [Fact]
    public async Task Group_IsOneClientToLimitsAndItsMembersAreStrangers()
    {
        await _host.PostAsync("/api/2.0/gateway/routes", new { name = "chat", route_type = "llm/v1/chat", model = new { provider = "gpu-worker", name = "demo-llama" } }, Op);
        var id = (await MakeAsync(new { group = Group }, "client")).Json.GetProperty("id").GetString();
        await _host.SendAsync(HttpMethod.Put, $"/limits/clients/{id}", new { limits = new[] { new { calls = 1, renewal_period = "month" } } }, Op);
        var (one, two) = (Member(Person), Member("bbbbbbbb-0000-0000-0000-000000000002"));
        var body = new { model = "chat", messages = new[] { new { role = "user", content = "x" } } };
        Assert.Equal(200, (await _host.PostAsync("/v1/chat/completions", body, one)).Status);
        Assert.Equal(429, (await _host.PostAsync("/v1/chat/completions", body, two)).Status);
        var first = (await _host.PostAsync("/signalr/negotiate", "{}", one)).Json.GetProperty("userId").GetString();
        var second = (await _host.PostAsync("/signalr/negotiate", "{}", two)).Json.GetProperty("userId").GetString();
        Assert.NotEqual(first, second);
        Assert.Equal(first, (await _host.PostAsync("/signalr/negotiate", "{}", one)).Json.GetProperty("userId").GetString());
        string Member(string person) => Token(person, t => t["groups"] = new[] { "cccccccc-0000-0000-0000-00000000000f", Group });
    }

    /// <summary>A batch of somebody whose token gives less than the client's role asks with that, and finds what the token's groups may see.</summary>
    [Fact]
    public async Task Work_ThatGoesOnWithoutARequest_HasTheTokensRoleAndGroups()
    {
        await MakeAsync(new { object_id = Person }, "operator");
        var clients = _host.Services.GetRequiredService<ClientStore>();
        var caller = await _host.Services.GetRequiredService<EntraAuthenticator>().AuthenticateAsync(Token(Person, t => (t["roles"], t["groups"]) = (new[] { "Gateway.Client" }, new[] { Group })), default);
        var later = await (await StandingCaller.OfAsync(caller!, clients, default)).FindAsync(clients, _time.GetUtcNow(), default);
        Assert.Equal((false, Group), (later!.IsOperator, Assert.Single(later.Groups)));
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("issuer of another tenant")]
    [InlineData("audience")]
    [InlineData("tenant")]
    [InlineData("expired")]
    [InlineData("not yet")]
    [InlineData("no expiry")]
    [InlineData("no application")]
    [InlineData("no object")]
    [InlineData("unsigned")]
    [InlineData("signed with the public key")]
    [InlineData("signed by another")]
    [InlineData("another's words")]
    [InlineData("garbage")]
    public async Task Token_ThatIsNotGood_IsRefused(string how)
    {
        await MakeAsync(new { object_id = Person }, "operator");
        Assert.Equal(200, await GetAsync(Token(Person)));
        using var other = new FakeTenant();
        var now = _time.GetUtcNow();
        var token = how switch
        {
            "issuer" => Token(Person, t => t["iss"] = "https://evil.example"),
            "issuer of another tenant" => Token(Person, t => t["iss"] = "https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0"),
            "audience" => Token(Person, t => t["aud"] = "api://other-app"),
            "tenant" => Token(Person, t => t["tid"] = "99999999-2222-3333-4444-555555555555"),
            "expired" => Token(Person, t => t["exp"] = now.AddSeconds(-121).ToUnixTimeSeconds()),
            "not yet" => Token(Person, t => t["nbf"] = now.AddSeconds(122).ToUnixTimeSeconds()),
            "no expiry" => Token(Person, t => t.Remove("exp")),
            // What only tells who signed in is for the page that they signed in to.
            "no application" => Token(Person, t => t.Remove("azp")),
            "no object" => Token(Person, t => t.Remove("oid")),
            "unsigned" => _tenant.Unsigned(Person, now),
            "signed with the public key" => _tenant.SignedWithThePublicKey(Person, now),
            "signed by another" => other.Token(Person, now),
            "another's words" => string.Join('.', Token(Person).Split('.') is var a && Token("bbbbbbbb-0000-0000-0000-000000000009").Split('.') is var b ? [a[0], b[1], a[2]] : a),
            _ => "eyJ.eyJ.x",
        };
        var answer = await _host.GetAsync("/v1/models", token);
        Assert.Equal((401, "invalid_api_key"), (answer.Status, answer.Code));
    }

    /// <summary>Nothing that a token brings along says how it is to be checked.</summary>
    [Theory]
    [InlineData("jku")]
    [InlineData("x5u")]
    [InlineData("kid of the tenant")]
    [InlineData("no kid")]
    [InlineData("another algorithm")]
    [InlineData("too long")]
    public async Task Token_ThatBringsItsKey_IsRefused(string how)
    {
        await MakeAsync(new { object_id = Person }, "operator");
        Assert.Equal(200, await GetAsync(Token(Person)));
        var now = _time.GetUtcNow();
        var token = how switch
        {
            "jku" => _tenant.WithItsOwnKey(Person, now, "mine", new() { ["jku"] = "https://evil.example/keys" }),
            "x5u" => _tenant.WithItsOwnKey(Person, now, "mine", new() { ["x5u"] = "https://evil.example/chain" }),
            "kid of the tenant" => _tenant.WithItsOwnKey(Person, now, _tenant.Key.KeyId, []),
            "no kid" => _tenant.WithItsOwnKey(Person, now, "", []),
            "another algorithm" => _tenant.Token(Person, now, signing: new SigningCredentials(_tenant.Key, SecurityAlgorithms.RsaSsaPssSha256)),
            _ => Token(Person, t => t["long"] = new string('x', 20_000)),
        };
        var answer = await _host.GetAsync("/v1/models", token);
        Assert.Equal((401, "invalid_api_key"), (answer.Status, answer.Code));
        Assert.True(_tenant.Reads <= 2);
        Assert.Equal(200, await GetAsync(Token(Person)));
    }

    /// <summary>An operator who sets sign-in up, and whoever's token is over, sees what is wrong with it.</summary>
    [Theory]
    [InlineData("audience", "'Entra:Audience'")]
    [InlineData("issuer", "another tenant")]
    [InlineData("expired", "was good until")]
    [InlineData("not yet", "is good from")]
    [InlineData("id token", "ID tokens")]
    [InlineData("disabled", "is disabled")]
    [InlineData("signed by another", "not signed")]
    [InlineData("signed with the public key", "not signed")]
    [InlineData("unsigned", "not signed")]
    public async Task Token_ThatIsRefused_SaysWhyToItsOwner(string how, string said)
    {
        var id = (await MakeAsync(new { object_id = Person }, "operator")).Json.GetProperty("id").GetString();
        if (how == "disabled") await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { disabled = true }, Op);
        using var other = new FakeTenant();
        var now = _time.GetUtcNow();
        var answer = await _host.GetAsync("/v1/models", how switch
        {
            "audience" => Token(Person, t => t["aud"] = "api://other-app"),
            "issuer" => Token(Person, t => t["iss"] = "https://login.microsoftonline.com/99999999-2222-3333-4444-555555555555/v2.0"),
            "expired" => Token(Person, t => t["exp"] = now.AddMinutes(-5).ToUnixTimeSeconds()),
            "not yet" => Token(Person, t => t["nbf"] = now.AddMinutes(5).ToUnixTimeSeconds()),
            "id token" => Token(Person, t => t.Remove("azp")),
            "signed by another" => other.Token(Person, now),
            "signed with the public key" => _tenant.SignedWithThePublicKey(Person, now),
            "unsigned" => _tenant.Unsigned(Person, now),
            _ => Token(Person),
        });
        Assert.Equal((401, "invalid_api_key"), (answer.Status, answer.Code));
        Assert.Contains(said, answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("_claim_names")]
    [InlineData("hasgroups")]
    [InlineData(null)]
    public async Task Groups_ThatATokenDoesNotName_AreSaidToBeTooMany(string? claim)
    {
        await MakeAsync(new { group = Group }, "client");
        var answer = await _host.GetAsync("/v1/models", Token(Person, t =>
        {
            if (claim is not null) t[claim] = claim == "hasgroups" ? true : new Dictionary<string, string> { ["groups"] = "src1" };
        }));
        Assert.Equal((403, "principal_not_known"), (answer.Status, answer.Code));
        Assert.Equal(claim is not null, answer.Body.Contains("too many", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scheme_MayBeInAnyCaseAndComesOnce()
    {
        await MakeAsync(new { object_id = Person }, "client");
        Assert.Equal(200, await StatusAsync($"bearer {Token(Person)}"));
        Assert.Equal(200, await StatusAsync($"BEARER {Token(Person)}"));
        Assert.Equal(401, await StatusAsync($"Bearer {Token(Person)}", $"Bearer {Token(Person)}"));
        Assert.Equal(401, await StatusAsync(Token(Person)));

        async Task<int> StatusAsync(params string[] authorization)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
            foreach (var value in authorization) Assert.True(request.Headers.TryAddWithoutValidation("Authorization", value));
            using var response = await _host.Http.SendAsync(request);
            return (int)response.StatusCode;
        }
    }

    [Fact]
    public async Task Clocks_MayBeApartALittle()
    {
        await MakeAsync(new { object_id = Person }, "client");
        var now = _time.GetUtcNow();
        Assert.Equal(200, await GetAsync(Token(Person, t => t["exp"] = now.AddSeconds(-100).ToUnixTimeSeconds())));
        Assert.Equal(200, await GetAsync(Token(Person, t => t["nbf"] = now.AddSeconds(100).ToUnixTimeSeconds())));
        var token = Token(Person);
        _time.Advance(TimeSpan.FromMinutes(63));
        Assert.Equal(401, await GetAsync(token));
    }

    /// <summary>A new key is fetched when a token names it, and made-up ones make no load.</summary>
    [Fact]
    public async Task Keys_Rotated_AreReadAgainOnceInAWhile()
    {
        await MakeAsync(new { object_id = Person }, "client");
        var old = Token(Person);
        Assert.Equal(200, await GetAsync(old));
        _tenant.Rotate(withdraw: true);
        Assert.Equal(200, await GetAsync(Token(Person)));
        Assert.Equal(2, _tenant.Reads);
        // The key that it was signed with is none of the tenant's any more.
        Assert.Equal(401, await GetAsync(old));
        using var other = new FakeTenant();
        for (var i = 0; i < 5; i++) Assert.Equal(401, await GetAsync(other.Token(Person, _time.GetUtcNow())));
        Assert.Equal(2, _tenant.Reads);
        _time.Advance(TimeSpan.FromMinutes(6));
        _tenant.Rotate();
        Assert.Equal(200, await GetAsync(Token(Person)));
        Assert.Equal(3, _tenant.Reads);
    }

    [Fact]
    public async Task Tenant_ThatDoesNotAnswer_IsSaidAndStopsNoKey()
    {
        await MakeAsync(new { object_id = Person }, "client");
        _tenant.IsDown = true;
        var answer = await _host.GetAsync("/v1/models", Token(Person));
        Assert.Equal((503, "identity_unavailable", "5"), (answer.Status, answer.Code, answer.Headers["Retry-After"]));
        Assert.Equal(200, await GetAsync(Op));
        _tenant.IsDown = false;
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(200, await GetAsync(Token(Person)));
        // What is known outlasts an outage, also when a token names a key that is not among it.
        _tenant.IsDown = true;
        _time.Advance(TimeSpan.FromHours(3));
        Assert.Equal(200, await GetAsync(Token(Person)));
        using var other = new FakeTenant();
        Assert.Equal("identity_unavailable", (await _host.GetAsync("/v1/models", other.Token(Person, _time.GetUtcNow()))).Code);
        Assert.Equal(200, await GetAsync(Token(Person)));
    }

    [Theory]
    [InlineData("""{"name":"x","entra":{}}""", "entra.object_id")]
    [InlineData("""{"name":"x","entra":{"object_id":"me"}}""", "entra.object_id")]
    [InlineData("""{"name":"x","entra":{"app_id":"aaaaaaaa-0000-0000-0000-000000000001","group":"aaaaaaaa-0000-0000-0000-000000000001"}}""", "entra.object_id")]
    [InlineData("""{"name":"x","entra":{"user":"me"}}""", "entra.user")]
    public async Task Client_WithABadIdentity_IsRefusedByTheField(string body, string field) => Assert.Equal((400, field), (await _host.PostAsync("/clients", body, Op)) is var a ? (a.Status, a.Param) : default);

    [Fact]
    public async Task Client_OfAPrincipal_IsOneAndKeepsIt()
    {
        var made = await MakeAsync(new { object_id = Person }, "client");
        var again = await _host.PostAsync("/clients", new { name = "again", entra = new { object_id = Person } }, Op);
        Assert.Equal((409, "client_exists"), (again.Status, again.Code));
        var id = made.Json.GetProperty("id").GetString();
        var moved = await _host.SendAsync(HttpMethod.Patch, $"/clients/{id}", new { entra = new { object_id = "bbbbbbbb-0000-0000-0000-000000000002" } }, Op);
        Assert.Equal((400, "entra"), (moved.Status, moved.Param));
        // It may have a key beside the tokens.
        var key = (await _host.PostAsync($"/clients/{id}/keys", "{}", Op)).Json.GetProperty("key").GetString();
        Assert.Equal(200, await GetAsync(key!));
    }

    [Fact]
    public async Task WithoutATenant_NoTokenIsTakenAndNoClientMayNameOne()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = Op });
        Assert.Equal(401, (await host.GetAsync("/v1/models", Token(Person))).Status);
        Assert.Equal("entra", (await host.PostAsync("/clients", new { name = "x", entra = new { object_id = Person } }, Op)).Param);
    }

    [Theory]
    [InlineData("Entra:TenantId", "contoso", "Entra:Audience", "a", "Entra:TenantId")]
    [InlineData("Entra:TenantId", FakeTenant.Id, "Entra:Audience", " , ", "Entra:Audience")]
    [InlineData("Entra:TenantId", FakeTenant.Id, "Entra:Audience", "", "Entra:Audience")]
    [InlineData("Entra:TenantId", "", "Entra:Audience", "a", "Entra:TenantId")]
    public void Settings_ThatDoNotGoTogether_AreNamedAtStart(string first, string one, string second, string two, string named)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [first] = one, [second] = two }).Build();
        Assert.Contains($"'{named}'", Assert.Throws<InvalidOperationException>(() => EntraOptions.From(configuration)).Message, StringComparison.Ordinal);
    }

    private string Token(string person, Action<Dictionary<string, object>>? change = null) => _tenant.Token(person, _time.GetUtcNow(), change);

    private async Task<int> GetAsync(string token, string path = "/v1/models") => (await _host.GetAsync(path, token)).Status;

    private async Task<GatewayHost.Answer> MakeAsync(object entra, string role)
    {
        var made = await _host.PostAsync("/clients", new { name = "principal", role, entra }, Op);
        Assert.True(made.Status == 201, made.Body);
        return made;
    }
}
