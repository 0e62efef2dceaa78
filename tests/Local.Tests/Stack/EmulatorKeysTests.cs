using Local.Tests.Support;
using Serverless.Local.CommandLine;
using Serverless.Local.Stack;

namespace Local.Tests.Stack;

public sealed class EmulatorKeysTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Open_AfterARestart_HasTheSameKeys()
    {
        var first = Open();

        Assert.Equal(first, Open());
        Assert.Equal(3, new[] { first.BearerToken, first.SearchAdminKey, first.SignalRAccessKey }.Distinct().Count());
        Assert.DoesNotContain(first.SearchAdminKey, first.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Fresh_HasOthers() => Assert.NotEqual(Open(), Open(fresh: true));

    [Theory]
    [InlineData("keyvault", "token.txt", "")]
    [InlineData("search", "admin-key.txt", "short")]
    [InlineData("signalr", "access-key.txt", "0\n0")]
    public void Open_DamagedFile_IsNamedAndKept(string folder, string file, string text)
    {
        Open();
        var path = Path.Combine(_folder.Path, "data", folder, file);
        File.WriteAllText(path, text);

        Assert.Contains(path, Assert.Throws<LocalException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    private EmulatorKeys Open(bool fresh = false)
    {
        using var data = DataDirectory.Open(Path.Combine(_folder.Path, "data"), fresh);
        return EmulatorKeys.Open(data);
    }
}
