using Local.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.CommandLine;
using Serverless.Local.KeyVault;
using Serverless.Local.Processes;
using Serverless.Local.Search;
using Serverless.Local.Stack;
using Serverless.Local.Storage;

namespace Local.Tests.Storage;

/// <summary>
/// Each kind of file in the folder of a stack that was killed, cut in half, zeroed, overwritten here and there or emptied: the part that reads it says in one line which
/// file it is and what to do, and has everything once the file is put back; or it has everything at once.
/// </summary>
public sealed class DamagedFolderTests(KilledStack killed) : IClassFixture<KilledStack>, IDisposable
{
    private static readonly string[] Files =
    [
        "search/search.db", "search/search.db-wal", "search/admin-key.txt", "keyvault/keyvault.db", "keyvault/keyvault.db-wal", "keyvault/keyvault.key", "keyvault/token.txt",
        "signalr/access-key.txt", "functions/blob-events.db", "functions/blob-events.db-wal", "ports.json", "azurite/account-key",
        "azurite/__azurite_db_blob__.json", "azurite/__azurite_db_blob_extent__.json", "azurite/__azurite_db_table__.json",
        "azurite/__azurite_db_blob__.json.journal.900", "azurite/__azurite_db_table__.json.journal.900", "azurite/databases.json",
    ];

    // A journal that was cut off within a line is what a kill leaves of one that nobody was told of.
    private static readonly string[] CutByAKill = ["azurite/__azurite_db_blob__.json.journal.900", "azurite/__azurite_db_table__.json.journal.900"];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Damages
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var file in Files)
            {
                foreach (var damage in (string[])["truncated", "zeroed", "overwritten", "emptied"])
                {
                    if (damage != "truncated" || !CutByAKill.Contains(file)) data.Add(file, damage);
                }
            }

            return data;
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Start_OneFileDamaged_NamesItOrHasEverything(string file, string damage)
    {
        KilledStack.Copy(killed.Path, _folder.Path);
        var whole = await File.ReadAllBytesAsync(_folder[file]);
        Assert.NotEmpty(whole);
        await File.WriteAllBytesAsync(_folder[file], Damaged(whole, damage));

        var said = await StartAsync(file);

        if (said is null) return;
        Assert.Contains(_folder[file], said, StringComparison.Ordinal);
        Assert.Matches("Put back a copy|delete it|Mend it", said);
        Assert.DoesNotContain('\n', said);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);

        // A start of Azurite takes seconds: one for each of its files.
        if (file.StartsWith("azurite/__", StringComparison.Ordinal) && damage != "emptied") return;
        await File.WriteAllBytesAsync(_folder[file], whole);
        Assert.Null(await StartAsync(file));
    }

    [Fact]
    public async Task Start_NothingDamaged_HasEverything()
    {
        KilledStack.Copy(killed.Path, _folder.Path);
        foreach (var file in Files) Assert.Null(await StartAsync(file));
    }

    /// <summary>Bytes that a torn transaction leaves at the end of a log are no damage: nobody was told of it.</summary>
    [Fact]
    public async Task Start_TornFrameAtTheEndOfALog_HasEverything()
    {
        KilledStack.Copy(killed.Path, _folder.Path);
        await using (var log = new FileStream(_folder["keyvault/keyvault.db-wal"], FileMode.Append)) await log.WriteAsync(new byte[1000]);

        Assert.Null(await StartAsync("keyvault/keyvault.db"));
    }

    private static byte[] Damaged(byte[] bytes, string damage)
    {
        var random = new Random(bytes.Length);
        switch (damage)
        {
            case "truncated": return bytes[..(bytes.Length / 2)];
            case "zeroed": return new byte[bytes.Length];
            case "emptied": return [];
            default:
                bytes = [.. bytes];
                for (var at = 0; at < bytes.Length; at += Math.Max(1, bytes.Length / 50)) random.NextBytes(bytes.AsSpan(at, Math.Min(16, bytes.Length - at)));
                return bytes;
        }
    }

    /// <summary>Starts the part that reads the file; what it says where it does not start.</summary>
    private async Task<string?> StartAsync(string file)
    {
        try
        {
            var folder = file.Split('/')[0];
            if (file.EndsWith("-key.txt", StringComparison.Ordinal) || file.EndsWith("token.txt", StringComparison.Ordinal))
            {
                using var data = DataDirectory.Open(_folder.Path, fresh: false);
                Assert.Equal(killed.Keys, EmulatorKeys.Open(data));
            }
            else if (folder == "search") await killed.ReadSearchAsync(_folder["search"]);
            else if (folder == "keyvault") killed.ReadVault(_folder["keyvault"]);
            else if (folder == "functions") killed.ReadSnapshot(_folder["functions"]);
            else if (file is "ports.json" or "azurite/account-key") await killed.ReadPortsAsync(_folder.Path);
            else await killed.ReadAzuriteAsync(_folder["azurite"]);
            return null;
        }
        catch (Exception e) when (e is LocalException or ProcessFailedException)
        {
            return e.Message;
        }
    }
}
