using Local.Tests.Support;
using Serverless.Local.CommandLine;
using Serverless.Local.KeyVault;
using Serverless.Local.Search;
using Serverless.Local.Storage;

namespace Local.Tests.Storage;

/// <summary>A damaged, emptied or deleted file of an emulator: one line with the file and what to do, and nothing begun anew.</summary>
public sealed class DatabaseFileTests : IDisposable
{
    private const string Schema = "CREATE TABLE IF NOT EXISTS things (name TEXT PRIMARY KEY)";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_SecondTime_KeepsWhatWasWritten()
    {
        using (var first = DatabaseFile.Open(_folder["a.db"], Schema)) first.Execute("INSERT INTO things VALUES ('fig')");

        using var second = DatabaseFile.Open(_folder["a.db"], Schema);
        using var count = second.Command("SELECT COUNT(*) FROM things");
        Assert.Equal(1L, count.ExecuteScalar());
    }

    [Theory]
    [InlineData("deleted", "is gone")]
    [InlineData("emptied", "is empty")]
    [InlineData("zeroed", "is damaged")]
    [InlineData("half", "is damaged")]
    public void Open_WhatCannotBeRead_IsSaidWithTheFile(string damage, string how)
    {
        using (var first = DatabaseFile.Open(_folder["a.db"], Schema))
        {
            for (var i = 0; i < 500; i++) first.Execute("INSERT INTO things VALUES ($name)", ("$name", $"{i}-{new string('x', 100)}"));
        }

        var bytes = File.ReadAllBytes(_folder["a.db"]);
        if (damage == "deleted") File.Delete(_folder["a.db"]);
        else File.WriteAllBytes(_folder["a.db"], damage switch { "emptied" => [], "zeroed" => new byte[bytes.Length], _ => [.. bytes[..8192], .. new byte[bytes.Length - 8192]] });

        var failure = Assert.Throws<LocalException>(() => DatabaseFile.Open(_folder["a.db"], Schema).Dispose());

        Assert.Equal($"{_folder["a.db"]} {how}. Put back a copy of its folder, or start with --fresh to begin anew.", failure.Message);
    }

    [Fact]
    public void Open_FolderInItsPlace_IsSaidWithTheFile()
    {
        Directory.CreateDirectory(_folder["a.db"]);

        Assert.Contains(_folder["a.db"], Assert.Throws<LocalException>(() => DatabaseFile.Open(_folder["a.db"], Schema).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SearchEmulator_DatabaseDeleted_DoesNotStartEmpty()
    {
        var options = new SearchEmulatorOptions { DataDirectory = _folder.Path, BearerToken = "t", AdminKey = "k" };
        await using (var first = new SearchEmulator(options)) await first.StartAsync(CancellationToken.None);
        foreach (var file in Directory.GetFiles(_folder.Path, "search.db*").Where(file => !file.EndsWith(".made", StringComparison.Ordinal))) File.Delete(file);

        await using var second = new SearchEmulator(options);
        var failure = await Assert.ThrowsAsync<LocalException>(() => second.StartAsync(CancellationToken.None));

        Assert.Contains(_folder["search.db"], failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeyVaultEmulator_ZeroedKey_IsSaidWithItsFile()
    {
        using (var store = new SecretStore(_folder.Path)) new Vault(store, new MovingSecrets(TimeSpan.Zero, TimeProvider.System), TimeProvider.System).Set("v", "name", new SecretChange { Value = "value" });
        await File.WriteAllBytesAsync(_folder["keyvault.key"], new byte[32]);

        await using var emulator = new KeyVaultEmulator(new KeyVaultEmulatorOptions { DataDirectory = _folder.Path, BearerToken = "t" });
        var failure = await Assert.ThrowsAsync<LocalException>(() => emulator.StartAsync(CancellationToken.None));

        Assert.Contains(_folder["keyvault.key"], failure.Message, StringComparison.Ordinal);
        Assert.Contains("--fresh", failure.Message, StringComparison.Ordinal);
    }
}
