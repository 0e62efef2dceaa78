using System.Net;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Security.KeyVault.Secrets;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Secrets;
using Serverless.Functions.Tests.Hosting;
using Serverless.Local.KeyVault;

namespace Serverless.Functions.Tests.Secrets;

/// <summary>Names of secrets that the vault is not done with.</summary>
public sealed class KeyVaultSecretsTests : IDisposable
{
    private readonly FakeKeyVault _vault = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _vault.Dispose();

    /// <summary>Being deleted, then deleted, then being recovered, then there: each for a while.</summary>
    [Fact]
    public async Task Set_OfANameThatIsBeingDeleted_WaitsRecoversAndWrites()
    {
        _vault.Put("name", "old");
        var puts = 0;
        _vault.Fault = request => (request.Method.Method, puts) switch
        {
            ("PUT", < 3) => Conflict(puts++, "ObjectIsBeingDeleted"),
            ("PUT", 3) => Conflict(puts++, "ObjectIsDeletedButRecoverable"),
            ("PUT", < 6) => Conflict(puts++, "ObjectIsBeingRecovered"),
            _ => null,
        };
        var written = await _time.DriveAsync(Secrets().SetAsync("name", new SecretText("new"), default), TimeSpan.FromSeconds(5));
        Assert.Equal("new", (await Secrets().GetAsync("name", written.Version, default))!.Reveal());
        Assert.Equal(["old", "new"], _vault.Secrets["name"].Select(v => v.Value));
        Assert.Equal(1, _vault.Count("POST /deletedsecrets/name/recover"));
    }

    [Fact]
    public async Task Set_OfANameThatNeverComesFree_IsATypedErrorInBoundedTime()
    {
        _vault.Fault = request => request.Method == HttpMethod.Put ? Conflict(0, "ObjectIsBeingDeleted") : null;
        var began = _time.GetUtcNow();
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _time.DriveAsync(Secrets().SetAsync("name", new SecretText("canary-5d1f08"), default), TimeSpan.FromSeconds(5)));
        Assert.Equal((503, "secret_name_not_free"), (refused.Status, refused.Error.Code));
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(20));
        Assert.DoesNotContain("canary-5d1f08", refused.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Set in the vault itself: from a file with an end of line, or pasted.</summary>
    [Theory]
    [InlineData("key\n")]
    [InlineData(" key\r\n")]
    [InlineData("\uFEFFkey\t")]
    [InlineData("key")]
    public async Task Get_OfAKeyWithWhatCameAlongWithIt_IsTheKey(string stored)
    {
        _vault.Put("name", stored);
        Assert.Equal("key", (await Secrets().GetAsync("name", null, default))!.Reveal());
    }

    [Fact]
    public async Task Delete_OfWhatIsBeingDeleted_IsDone()
    {
        _vault.Fault = _ => Conflict(0, "ObjectIsBeingDeleted");
        await Secrets().DeleteAsync("name", default);
        _vault.Fault = _ => Conflict(0, "ObjectIsBeingRecovered");
        await Assert.ThrowsAsync<Azure.RequestFailedException>(() => Secrets().DeleteAsync("name", default));
    }

    /// <summary>Against the emulator, which takes its time as the service does: a route's name that comes again, with its secret on the way out.</summary>
    [Fact]
    public async Task Set_RightAfterItsDeletion_AtTheEmulator_KeepsTheFormerVersionsAndHasTheNewOne()
    {
        var data = Directory.CreateTempSubdirectory("keyvault-");
        try
        {
            await using var emulator = new KeyVaultEmulator(new KeyVaultEmulatorOptions { DataDirectory = data.FullName, BearerToken = "t", StateChange = TimeSpan.FromSeconds(3) }, _time);
            await emulator.StartAsync(default);
            using var http = new HttpClient(new ToLoopback(emulator.BaseAddress));
            var secrets = new KeyVaultSecrets(
                new SecretClient(new Uri($"https://{FakeKeyVault.Host}"), new Anyone(), new SecretClientOptions { Transport = new HttpClientTransport(http), Retry = { MaxRetries = 0 } }), _time);
            var first = await secrets.SetAsync("name", new SecretText("old"), default);
            await secrets.DeleteAsync("name", default);
            await secrets.DeleteAsync("name", default);
            Assert.Null(await secrets.GetAsync("name", null, default));
            var second = await _time.DriveAsync(secrets.SetAsync("name", new SecretText("new"), default), TimeSpan.FromSeconds(3));
            Assert.Equal("new", (await secrets.GetAsync("name", null, default))!.Reveal());
            Assert.Equal("old", (await secrets.GetAsync("name", first.Version, default))!.Reveal());
            Assert.NotEqual(first.Version, second.Version);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static HttpResponseMessage Conflict(int number, string reason) => new(HttpStatusCode.Conflict)
    {
        Content = new StringContent($$$$"""{"error":{"code":"Conflict","message":"{{{{number}}}}","innererror":{"code":"{{{{reason}}}}"}}}""", Encoding.UTF8, "application/json"),
    };

    private KeyVaultSecrets Secrets() => new(
        new SecretClient(new Uri($"https://{FakeKeyVault.Host}"), new Anyone(), new SecretClientOptions { Transport = new HttpClientTransport(new HttpClient(_vault, disposeHandler: false)), Retry = { MaxRetries = 0 } }), _time);

    /// <summary>The vault's name, at this machine's port.</summary>
    private sealed class ToLoopback(Uri address) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Host = request.RequestUri!.Host;
            request.RequestUri = new Uri(address, request.RequestUri.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Anyone : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("t", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }
}
