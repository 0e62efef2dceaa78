using System.Net;
using System.Net.Http.Json;
using System.Text;
using Azure.Core;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Serverless.Contracts.SignalR;

namespace Serverless.Contracts.Tests.SignalR;

public sealed class SignalRServiceClientTests
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    private const string WithKey = $"Endpoint=https://x.service.signalr.net;AccessKey={Key};Version=1.0;";
    private const string WithIdentity = "Endpoint=https://x.service.signalr.net;AuthType=azure.msi;Version=1.0;";

    private const string Connection = "https://x.service.signalr.net/api/hubs/chat/connections/c/:send";

    private readonly ManualTime _time = new();
    private readonly RecordingHandler _service = new();

    [Fact]
    public async Task SendToUser_AnyUser_PostsOneArgumentToTheEscapedPath()
    {
        await Client(WithKey).SendToUserAsync("Chat", "a b/ü", "token", new StreamToken("s", 3, "hé"), CancellationToken.None);
        var (request, body) = Assert.Single(_service.Requests);
        Assert.Equal(HttpMethod.Post, request.Method);
        Assert.Equal("https://x.service.signalr.net/api/hubs/chat/users/a%20b%2F%C3%BC/:send?api-version=2022-06-01", request.RequestUri!.AbsoluteUri);
        Assert.Equal("application/json", request.Content!.Headers.ContentType!.ToString());
        Assert.Equal("""{"target":"token","arguments":[{"streamId":"s","seq":3,"text":"hé"}]}""", body);
    }

    [Fact]
    public async Task Request_WithKey_CarriesAValidTokenForItsUrl()
    {
        await Client(WithKey).SendToGroupAsync("chat", "g", "token", new { }, CancellationToken.None);
        var token = _service.Requests[0].Request.Headers.Authorization!.Parameter!;
        var result = await ValidateAsync(token, "https://x.service.signalr.net/api/hubs/chat/groups/g/:send");
        Assert.True(result.IsValid, result.Exception?.Message);
    }

    [Fact]
    public async Task Request_SameUrlAgain_ReusesTokenUntilNearItsEnd()
    {
        var client = Client(WithKey);
        foreach (var minutes in new[] { 0, 54, 2 })
        {
            _time.Advance(TimeSpan.FromMinutes(minutes));
            await client.SendToConnectionAsync("chat", "c", "token", new { }, CancellationToken.None);
        }

        var tokens = _service.Requests.Select(sent => sent.Request.Headers.Authorization!.Parameter).ToArray();
        Assert.Equal(tokens[0], tokens[1]);
        Assert.NotEqual(tokens[1], tokens[2]);
    }

    /// <summary>A token says times by the clock that signed it: one of an hour ago is past for the service, one of an hour ahead yet to come.</summary>
    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    public async Task Request_AfterTheClockWasSet_IsSignedAnew(int minutes)
    {
        var client = Client(WithKey);
        for (var i = 0; i < 3; i++)
        {
            await client.SendToConnectionAsync("chat", "c", "token", new { }, CancellationToken.None);
            if (i == 0) _time.SetWall(TimeSpan.FromMinutes(minutes));
        }

        var tokens = _service.Requests.Select(sent => sent.Request.Headers.Authorization!.Parameter!).ToArray();
        Assert.Equal(tokens[1], tokens[2]);
        Assert.False((await ValidateAsync(tokens[0], Connection)).IsValid);
        Assert.True((await ValidateAsync(tokens[1], Connection)).IsValid);
    }

    [Fact]
    public async Task Request_ToAServiceWhoseClockIsALittleBehind_CarriesAValidToken()
    {
        await Client(WithKey).SendToConnectionAsync("chat", "c", "token", new { }, CancellationToken.None);
        _time.SetWall(TimeSpan.FromMinutes(-4));
        Assert.True((await ValidateAsync(_service.Requests[0].Request.Headers.Authorization!.Parameter!, Connection)).IsValid);
    }

    /// <summary>It ends in its time though the clock was set back. One that is over by its date is not shown: the machine may have slept.</summary>
    [Theory]
    [InlineData(-60, 1, 2)]
    [InlineData(60, 2, 3)]
    public async Task IdentityToken_AfterTheClockWasSet_IsShownNoLongerThanItLasts(int minutes, int second, int third)
    {
        var client = Client(WithIdentity, new CountingCredential(_time));
        for (var i = 0; i < 3; i++)
        {
            await client.SendToUserAsync("chat", "u", "token", new { }, CancellationToken.None);
            if (i == 0) _time.SetWall(TimeSpan.FromMinutes(minutes));
            if (i == 1) _time.Advance(TimeSpan.FromMinutes(56));
        }

        Assert.Equal(["Bearer identity-1", $"Bearer identity-{second}", $"Bearer identity-{third}"], _service.Requests.Select(item => item.Request.Headers.Authorization!.ToString()));
    }

    [Fact]
    public async Task CreateClientAccess_WithKey_NamesUserAndHubAndExpires()
    {
        var access = await Client(WithKey).CreateClientAccessAsync("Chat", "user-1", TimeSpan.FromMinutes(30), CancellationToken.None);
        Assert.Empty(_service.Requests);
        Assert.Equal("https://x.service.signalr.net/client/?hub=chat", access.Url);
        var result = await ValidateAsync(access.AccessToken, access.Url);
        Assert.True(result.IsValid, result.Exception?.Message);
        Assert.Equal("user-1", result.Claims["nameid"]);
        Assert.Equal(_time.GetUtcNow().UtcDateTime.AddMinutes(30), result.SecurityToken.ValidTo);
        Assert.DoesNotContain(access.AccessToken, access.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateClientAccess_ManagedIdentity_AsksTheServiceForTheToken()
    {
        _service.Answer = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = JsonContent.Create(new { token = "client-token" }) };
        var credential = new CountingCredential(_time);
        var client = Client(WithIdentity, credential);
        var access = await client.CreateClientAccessAsync("chat", "user 1", TimeSpan.FromMinutes(30), CancellationToken.None);
        Assert.Equal("client-token", access.AccessToken);
        var sent = _service.Requests[0].Request;
        Assert.Equal("https://x.service.signalr.net/api/hubs/chat/:generateToken?api-version=2022-06-01&userId=user%201&minutesToExpire=30", sent.RequestUri!.AbsoluteUri);
        Assert.Equal("Bearer identity-1", sent.Headers.Authorization!.ToString());

        await client.SendToUserAsync("chat", "u", "token", new { }, CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(56));
        await client.SendToUserAsync("chat", "u", "token", new { }, CancellationToken.None);
        Assert.Equal(["Bearer identity-1", "Bearer identity-1", "Bearer identity-2"], _service.Requests.Select(item => item.Request.Headers.Authorization!.ToString()));
        Assert.Equal(["https://signalr.azure.com/.default"], credential.Scopes);
    }

    [Fact]
    public void Construct_ManagedIdentityWithoutCredential_Refused() =>
        Assert.Throws<ArgumentException>(() => Client(WithIdentity));

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    [InlineData(HttpStatusCode.TooManyRequests, true)]
    [InlineData(HttpStatusCode.Unauthorized, false)]
    [InlineData(HttpStatusCode.RequestEntityTooLarge, false)]
    public async Task Send_Refused_ExceptionSaysWhetherToTryAgainAndHidesText(HttpStatusCode status, bool transient)
    {
        _service.Answer = () => new HttpResponseMessage(status) { Headers = { RetryAfter = new(TimeSpan.FromSeconds(7)) } };
        var refused = await Assert.ThrowsAsync<SignalRRequestException>(() => Client(WithKey).SendToUserAsync("chat", "u", "token", new { text = "marker" }, CancellationToken.None));
        Assert.Equal((status, transient, TimeSpan.FromSeconds(7)), (refused.Status, refused.IsTransient, refused.RetryAfter));
        Assert.DoesNotContain("marker", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_NoAnswer_IsTransient()
    {
        _service.Answer = () => throw new HttpRequestException("down");
        var refused = await Assert.ThrowsAsync<SignalRRequestException>(() => Client(WithKey).SendToUserAsync("chat", "u", "token", new { }, CancellationToken.None));
        Assert.True(refused.IsTransient);
    }

    [Fact]
    public async Task CloseConnection_WithReason_Deletes()
    {
        await Client(WithKey).CloseConnectionAsync("chat", "c1", "signed out", CancellationToken.None);
        Assert.Equal("DELETE https://x.service.signalr.net/api/hubs/chat/connections/c1?api-version=2022-06-01&reason=signed%20out", $"{_service.Requests[0].Request.Method} {_service.Requests[0].Request.RequestUri!.AbsoluteUri}");
    }

    private SignalRServiceClient Client(string connection, TokenCredential? credential = null) =>
        new(new HttpClient(_service), SignalRConnectionString.Parse(connection, "S"), _time, credential);

    private Task<TokenValidationResult> ValidateAsync(string token, string audience) => new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
    {
        ValidateIssuer = false,
        ValidAudience = audience,
        IssuerSigningKey = new SymmetricSecurityKey(Encoding.UTF8.GetBytes(Key)),
        LifetimeValidator = (from, to, _, _) => from <= _time.GetUtcNow().UtcDateTime && to > _time.GetUtcNow().UtcDateTime,
    });

    private sealed class RecordingHandler : HttpMessageHandler
    {
        public List<(HttpRequestMessage Request, string? Body)> Requests { get; } = [];

        public Func<HttpResponseMessage> Answer { get; set; } = () => new HttpResponseMessage(HttpStatusCode.Accepted);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add((request, request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken)));
            return Answer();
        }
    }

    private sealed class CountingCredential(TimeProvider time) : TokenCredential
    {
        private int _count;

        public IReadOnlyList<string> Scopes { get; private set; } = [];

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            Scopes = requestContext.Scopes;
            return new AccessToken($"identity-{++_count}", time.GetUtcNow() + TimeSpan.FromHours(1));
        }

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
