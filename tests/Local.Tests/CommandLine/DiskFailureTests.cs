using System.ComponentModel;
using Local.Tests.Support;
using Serverless.Local.CommandLine;

namespace Local.Tests.CommandLine;

public sealed class DiskFailureTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The device that is always full says it as any full disk does.</summary>
    [Fact]
    public void Explain_FullDisk_NamesTheFileAndWhatToDo()
    {
        if (!File.Exists("/dev/full")) return;
        var link = _folder["ports.json"];
        File.CreateSymbolicLink(link, "/dev/full");
        var failure = Record.Exception(() => File.WriteAllText(link, "x"))!;

        var said = DiskFailure.Explain(new InvalidOperationException("outer", failure))!.Message;

        Assert.Contains(link, said, StringComparison.Ordinal);
        Assert.Contains("no space left", said, StringComparison.Ordinal);
        Assert.Contains("disk has space", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
    }

    [Fact]
    public void Explain_WhatIsNotPermitted_NamesTheFile()
    {
        var said = DiskFailure.Explain(new UnauthorizedAccessException($"Access to the path '{_folder["a"]}' is denied."))!.Message;
        Assert.StartsWith($"{_folder["a"]} cannot be read or written: it is not permitted.", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_TooManyOpenFiles_SaysHowToAllowMore()
    {
        Assert.Contains("ulimit -n", DiskFailure.Explain(new Win32Exception(24))!.Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", DiskFailure.Explain(new IOException($"Too many open files : '{_folder["a"]}'", 24))!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Explain_AFailureOfAnotherKind_IsNotExplained()
    {
        Assert.Null(DiskFailure.Explain(new InvalidOperationException("'/a'")));
        Assert.Null(DiskFailure.Explain(new FileNotFoundException("Could not load file or assembly 'System.Threading, Version=10.0.0.0'.")));
    }

    [Theory]
    [InlineData("Limit  Soft Limit  Hard Limit  Units\nMax open files            256                  4096                 files     \n", 256)]
    [InlineData("Max open files            unlimited            unlimited            files     \n", null)]
    [InlineData("Max processes             1                    1                    processes \n", null)]
    public void Soft_IsTheLimitInForce(string limits, int? most) => Assert.Equal(most, OpenFiles.Soft(limits));
}
