using System.Net;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Security.KeyVault.Secrets;
using Serverless.Local.CommandLine;
using Serverless.Local.KeyVault;
using Serverless.Local.Loopback;

namespace Local.Tests.KeyVault;

public sealed class KeyVaultEmulatorTests : IAsyncLifetime
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("keyvault-");
    private readonly ManualTimeProvider _time = new();
    private readonly LocalTokenCredential _credential = LocalTokenCredential.Create();
    private KeyVaultEmulator _emulator = null!;
    private SecretClient _client = null!;

    public Task InitializeAsync() => StartAsync();

    public async Task DisposeAsync()
    {
        await _emulator.DisposeAsync();
        _data.Delete(recursive: true);
    }

    [Fact]
    public async Task SetSecret_ThenGet_ReturnsBundleUnderTheVaultsName()
    {
        var secret = new KeyVaultSecret("route-a", "value") { Properties = { ContentType = "text/plain", Tags = { ["route"] = "a" }, ExpiresOn = DateTimeOffset.FromUnixTimeSeconds(2_000_000_000) } };
        var set = (await _client.SetSecretAsync(secret)).Value;
        var got = (await _client.GetSecretAsync("route-a")).Value;
        Assert.Equal("value", got.Value);
        Assert.Equal(new Uri($"https://local.vault.azure.net/secrets/route-a/{set.Properties.Version}"), got.Id);
        Assert.Matches("^[0-9a-f]{32}$", got.Properties.Version);
        Assert.Equal(("text/plain", "a", 2_000_000_000L), (got.Properties.ContentType, got.Properties.Tags["route"], got.Properties.ExpiresOn!.Value.ToUnixTimeSeconds()));
        Assert.Equal(90, got.Properties.RecoverableDays);
    }

    [Fact]
    public async Task GetSecret_EarlierVersion_ReturnsThatValue()
    {
        var first = (await _client.SetSecretAsync("a", "1")).Value;
        await _client.SetSecretAsync("a", "2");
        Assert.Equal("2", (await _client.GetSecretAsync("a")).Value.Value);
        Assert.Equal("1", (await _client.GetSecretAsync("a", first.Properties.Version)).Value.Value);
        Assert.Equal(2, (await _client.GetPropertiesOfSecretVersionsAsync("a").ToListAsync()).Count);
    }

    [Fact]
    public async Task GetSecret_Missing_SecretNotFound()
    {
        var missing = await Assert.ThrowsAsync<RequestFailedException>(() => _client.GetSecretAsync("nothing"));
        Assert.Equal((404, "SecretNotFound"), (missing.Status, missing.ErrorCode));
    }

    [Fact]
    public async Task UpdateProperties_Disabled_GetIsForbidden()
    {
        var set = (await _client.SetSecretAsync("a", "1")).Value;
        set.Properties.Enabled = false;
        var updated = (await _client.UpdateSecretPropertiesAsync(set.Properties)).Value;
        Assert.False(updated.Enabled);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => _client.GetSecretAsync("a", set.Properties.Version));
        Assert.Equal((403, "Forbidden"), (refused.Status, refused.ErrorCode));
    }

    [Fact]
    public async Task Delete_ThenSet_ConflictUntilRecovered()
    {
        await _client.SetSecretAsync("a", "1");
        var operation = await _client.StartDeleteSecretAsync("a");
        await operation.WaitForCompletionAsync();
        Assert.Equal(404, (await Assert.ThrowsAsync<RequestFailedException>(() => _client.GetSecretAsync("a"))).Status);
        var conflict = await Assert.ThrowsAsync<RequestFailedException>(() => _client.SetSecretAsync("a", "2"));
        Assert.Equal((409, "Conflict"), (conflict.Status, conflict.ErrorCode));
        Assert.Contains("ObjectIsDeletedButRecoverable", conflict.Message, StringComparison.Ordinal);
        var deleted = (await _client.GetDeletedSecretAsync("a")).Value;
        Assert.Equal(90, (deleted.ScheduledPurgeDate!.Value - deleted.DeletedOn!.Value).TotalDays);
        Assert.Equal("a", Assert.Single(await _client.GetDeletedSecretsAsync().ToListAsync()).Name);
        await (await _client.StartRecoverDeletedSecretAsync("a")).WaitForCompletionAsync();
        await _client.SetSecretAsync("a", "2");
        Assert.Equal("2", (await _client.GetSecretAsync("a")).Value.Value);
    }

    /// <summary>As the service does it: a deletion and a recovery are accepted at once and done after, and meanwhile the name is nobody's.</summary>
    [Fact]
    public async Task DeleteAndRecover_UnderWay_SecretIsNeitherHereNorThere()
    {
        await _emulator.DisposeAsync();
        await StartAsync(TimeSpan.FromSeconds(5));
        await _client.SetSecretAsync("a", "1");
        await _client.StartDeleteSecretAsync("a");
        Assert.Equal((404, "SecretNotFound"), await RefusalAsync(() => _client.GetSecretAsync("a")));
        Assert.Equal((404, "SecretNotFound"), await RefusalAsync(() => _client.GetDeletedSecretAsync("a")));
        Assert.Empty(await _client.GetDeletedSecretsAsync().ToListAsync());
        await ConflictsAsync("ObjectIsBeingDeleted", () => _client.SetSecretAsync("a", "2"));
        await ConflictsAsync("ObjectIsBeingDeleted", () => _client.StartRecoverDeletedSecretAsync("a"));
        await ConflictsAsync("ObjectIsBeingDeleted", () => _client.StartDeleteSecretAsync("A"));
        _time.Advance(TimeSpan.FromSeconds(5));
        await ConflictsAsync("ObjectIsDeletedButRecoverable", () => _client.SetSecretAsync("a", "2"));
        await _client.StartRecoverDeletedSecretAsync("a");
        Assert.Equal((404, "SecretNotFound"), await RefusalAsync(() => _client.GetSecretAsync("a")));
        await ConflictsAsync("ObjectIsBeingRecovered", () => _client.SetSecretAsync("a", "2"));
        await ConflictsAsync("ObjectIsBeingRecovered", () => _client.StartDeleteSecretAsync("a"));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("1", (await _client.GetSecretAsync("a")).Value.Value);
    }

    [Fact]
    public async Task Purge_Deleted_FreesTheName()
    {
        await _client.SetSecretAsync("a", "1");
        await (await _client.StartDeleteSecretAsync("a")).WaitForCompletionAsync();
        Assert.Equal(204, (await _client.PurgeDeletedSecretAsync("a")).Status);
        await _client.SetSecretAsync("a", "2");
        Assert.Single(await _client.GetPropertiesOfSecretVersionsAsync("a").ToListAsync());
    }

    [Fact]
    public async Task List_MoreThanAPage_SdkFollowsNextLink()
    {
        foreach (var i in Enumerable.Range(0, 60))
            await _client.SetSecretAsync($"s-{i:D2}", "value");
        var names = await _client.GetPropertiesOfSecretsAsync().Select(secret => secret.Name).ToListAsync();
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"s-{i:D2}"), names);
    }

    [Fact]
    public async Task Backup_RestoredAfterPurge_BringsEveryVersionBack()
    {
        var first = (await _client.SetSecretAsync("a", "1")).Value;
        await _client.SetSecretAsync("a", "2");
        var backup = (await _client.BackupSecretAsync("a")).Value;
        Assert.Equal(409, (await Assert.ThrowsAsync<RequestFailedException>(() => _client.RestoreSecretBackupAsync(backup))).Status);
        await (await _client.StartDeleteSecretAsync("a")).WaitForCompletionAsync();
        await _client.PurgeDeletedSecretAsync("a");
        await _client.RestoreSecretBackupAsync(backup);
        Assert.Equal("1", (await _client.GetSecretAsync("a", first.Properties.Version)).Value.Value);
        backup[^1] ^= 1;
        Assert.Equal((400, "BadParameter"), await RefusalAsync(() => _client.RestoreSecretBackupAsync(backup)));
    }

    [Theory]
    [InlineData("under_score", "value")]
    [InlineData("a", null)]
    public async Task Set_BadNameOrSize_BadParameter(string name, string? value) =>
        Assert.Equal((400, "BadParameter"), await RefusalAsync(() => _client.SetSecretAsync(name, value ?? new string('x', 25_601))));

    [Fact]
    public async Task Request_WithoutOrWithWrongToken_IsChallengedBeforeItsBodyIsRead()
    {
        using var http = new HttpClient();
        foreach (var token in new[] { null, "wrong" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(_emulator.BaseAddress, "/secrets/a?api-version=7.4"));
            if (token is not null)
                request.Headers.Authorization = new("Bearer", token);
            using var response = await http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Contains("resource=\"https://vault.azure.net\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Throttled_WithRetryAfter_SdkRetries()
    {
        await _client.SetSecretAsync("a", "1");
        _emulator.Faults.FailRequests(2, 429, TimeSpan.Zero);
        Assert.Equal("1", (await _client.GetSecretAsync("a")).Value.Value);
    }

    [Fact]
    public async Task Vaults_WithDifferentNames_AreSeparate()
    {
        await _client.SetSecretAsync("a", "1");
        Assert.Equal((404, "SecretNotFound"), await RefusalAsync(() => Client("other").GetSecretAsync("a")));
    }

    [Fact]
    public async Task Restart_SecretsAreStillThere_AndNeverInClearOnDisk()
    {
        const string Value = "sk-marker-93f1c7";
        var first = (await _client.SetSecretAsync("a", Value + "-1")).Value;
        await _client.SetSecretAsync("a", Value + "-2");
        await _emulator.DisposeAsync();
        foreach (var file in _data.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file.FullName);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes("marker-93f1c7")) < 0, $"{file.Name} holds the value in clear.");
        }

        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_data.FullName, "keyvault.key")));
        await StartAsync();
        Assert.Equal(Value + "-2", (await _client.GetSecretAsync("a")).Value.Value);
        Assert.Equal(Value + "-1", (await _client.GetSecretAsync("a", first.Properties.Version)).Value.Value);
    }

    [Fact]
    public async Task Start_KeyFileGone_SaysWhichFile()
    {
        await _client.SetSecretAsync("a", "1");
        await _emulator.DisposeAsync();
        File.Delete(Path.Combine(_data.FullName, "keyvault.key"));
        var failure = await Assert.ThrowsAsync<LocalException>(() => StartAsync());
        Assert.Contains("keyvault.key", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<(int Status, string? Code)> RefusalAsync<T>(Func<Task<T>> call)
    {
        var refused = await Assert.ThrowsAsync<RequestFailedException>(call);
        return (refused.Status, refused.ErrorCode);
    }

    private static async Task ConflictsAsync<T>(string reason, Func<Task<T>> call)
    {
        var refused = await Assert.ThrowsAsync<RequestFailedException>(call);
        Assert.Equal((409, "Conflict"), (refused.Status, refused.ErrorCode));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    private async Task StartAsync(TimeSpan stateChange = default)
    {
        _emulator = new KeyVaultEmulator(new KeyVaultEmulatorOptions { DataDirectory = _data.FullName, BearerToken = _credential.Token, StateChange = stateChange }, _time);
        await _emulator.StartAsync(CancellationToken.None);
        _client = Client("local");
    }

    private SecretClient Client(string vault) => new(new Uri($"https://{vault}.vault.azure.net"), _credential, new SecretClientOptions
    {
        Transport = new LoopbackTransport(new Uri("http://127.0.0.1:1"), _emulator.BaseAddress),
        Retry = { Delay = TimeSpan.FromMilliseconds(1), Mode = RetryMode.Fixed },
    });
}
