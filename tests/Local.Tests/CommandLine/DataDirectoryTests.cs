using System.Net;
using System.Net.Sockets;
using Local.Tests.Support;
using Serverless.Local.CommandLine;

namespace Local.Tests.CommandLine;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_MissingFolder_IsCreated()
    {
        using var data = DataDirectory.Open(_folder["a/b"], fresh: false);

        Assert.True(Directory.Exists(_folder["a/b"]));
    }

    [Fact]
    public void Open_HeldByAnother_SaysSoAndHowToChooseAnother()
    {
        using var first = DataDirectory.Open(_folder.Path, fresh: false);

        var failure = Assert.Throws<LocalException>(() => DataDirectory.Open(_folder.Path, fresh: false));

        Assert.Contains("in use by a running instance", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--data", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_LeavesNoLock_AndTheNextCanOpen()
    {
        DataDirectory.Open(_folder.Path, fresh: false).Dispose();

        Assert.Equal(["serverless-data.txt"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
        DataDirectory.Open(_folder.Path, fresh: false).Dispose();
    }

    [Fact]
    public void Open_LockFileOfAKilledProcess_IsNoObstacle()
    {
        File.WriteAllText(_folder["lock"], "4711");

        DataDirectory.Open(_folder.Path, fresh: false).Dispose();
    }

    [Fact]
    public void Open_Fresh_RemovesWhatAStackKeepsAndNothingElse()
    {
        DataDirectory.Open(_folder.Path, fresh: false).Dispose();
        Directory.CreateDirectory(_folder["azurite"]);
        Directory.CreateDirectory(_folder["functions/timers"]);
        Directory.CreateDirectory(_folder["photographs"]);
        File.WriteAllText(_folder["notes.txt"], "mine");

        using var data = DataDirectory.Open(_folder.Path, fresh: true);

        Assert.Equal(["photographs"], Directory.GetDirectories(_folder.Path).Select(Path.GetFileName));
        Assert.True(File.Exists(_folder["notes.txt"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_SomebodysFolder_IsLeftAloneAndNamed(bool fresh)
    {
        // A clone of the repository: it has a folder functions too.
        Directory.CreateDirectory(_folder["functions"]);
        File.WriteAllText(_folder["functions/Program.cs"], "mine");
        File.WriteAllText(_folder["host.json"], "{}");

        var failure = Assert.Throws<LocalException>(() => DataDirectory.Open(_folder.Path, fresh));

        Assert.Contains(_folder.Path, failure.Message, StringComparison.Ordinal);
        Assert.Contains("host.json", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--data", failure.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder["functions/Program.cs"]));
        Assert.Equal(["functions", "host.json"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Open_FreshFolderOfAVersionWithoutAMarker_IsOurs()
    {
        Directory.CreateDirectory(_folder["azurite"]);
        Directory.CreateDirectory(_folder["keyvault"]);

        using var data = DataDirectory.Open(_folder.Path, fresh: true);

        Assert.Empty(Directory.GetDirectories(_folder.Path));
    }

    [Fact]
    public void Open_Folder_IsItsOwnersAlone()
    {
        using var data = DataDirectory.Open(_folder["new"], fresh: false);

        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["new"]));
    }

    [Fact]
    public void Open_PathThatIsAFile_SaysThatItCannotBeWritten()
    {
        File.WriteAllText(_folder["file"], string.Empty);

        Assert.Contains("cannot be written", Assert.Throws<LocalException>(() => DataDirectory.Open(_folder["file"], fresh: false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Claim_TakenPort_NamesItAndTheOption()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var failure = Assert.Throws<LocalException>(() => LoopbackPort.Claim(port, "--port", "functions"));

        Assert.Equal($"Port {port} of the functions is taken by another program. Choose another with --port (0 takes a free one).", failure.Message);
    }

    [Fact]
    public void Claim_Zero_IsAFreePort() => Assert.InRange(LoopbackPort.Claim(0, "--port", "functions"), 1, 65535);

    [Fact]
    public void Endpoints_Write_ReplacesTheFileForItsOwnerOnly()
    {
        var endpoints = new Endpoints(
            new Uri("http://127.0.0.1:1"), new Uri("http://127.0.0.1:1"), [new Uri("http://127.0.0.1:8")], new Uri("http://127.0.0.1:2"), new Uri("http://127.0.0.1:3"), new Uri("http://127.0.0.1:4"),
            new Uri("http://127.0.0.1:7"), "storage", new Uri("http://127.0.0.1:5"), "search-key", new Uri("http://127.0.0.1:6"), "vault-token", "signalr");
        File.WriteAllText(_folder["endpoints.json"], "from an earlier run that was killed");

        endpoints.Write(_folder["endpoints.json"]);

        Assert.Contains("\"functions\": \"http://127.0.0.1:1\"", File.ReadAllText(_folder["endpoints.json"]), StringComparison.Ordinal);
        Assert.Equal(["endpoints.json"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["endpoints.json"]));
        Assert.DoesNotContain("key", endpoints.ToString(), StringComparison.Ordinal);
    }
}
