using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Access;

namespace Serverless.Functions.Tests.Ingestion;

public sealed class DocumentAccessProperties
{
    private static readonly Gen<string[]> Names = Gen.Frequency(
        (1, Gen.Constant<string[]>([])),
        (3, Gen.SubListOf("staff", "Staff", "leads", "ann", "bob", "a,b").Select(names => names.ToArray())));

    /// <summary>Who may see a document: everybody of its collection where it names nobody; otherwise operators, members of *, and whoever it names, in the case it names them.</summary>
    [Fact]
    public void Permits_AnyCaller_IfAndOnlyIfTheDocumentNamesItOrNobody() =>
        Prop.ForAll(Names.Two().ToArbitrary(), Gen.SubListOf("staff", "leads", "ann", "*").Select(names => names.ToArray()).ToArbitrary(), Gen.Elements("ann", "Ann", "staff").Zip(Gen.Elements(true, false)).ToArbitrary(), (access, groups, who) =>
        {
            var (client, isOperator) = who;
            var (read, _) = DocumentAccess.Of(access.Item1, access.Item2);
            var expected = access is { Item1: [], Item2: [] } || isOperator || groups.Contains("*") || access.Item1.Any(groups.Contains) || access.Item2.Contains(client);
            return read!.Permits(new Caller(client, groups, isOperator)) == expected;
        }).QuickCheckThrowOnFailure();

    /// <summary>The same names make the same access however they are told: in another order, twice, in metadata or in a sidecar.</summary>
    [Fact]
    public void Access_OfTheSameNames_IsTheSameHoweverItIsTold() =>
        Prop.ForAll(Names.Two().ToArbitrary(), names =>
        {
            var (groups, users) = names;
            var (access, _) = DocumentAccess.Of(groups, users);
            var (again, _) = DocumentAccess.Of(groups.Reverse().Concat(groups), users.Concat(users).Reverse());
            if (groups.Length + users.Length == 0) return access! == DocumentAccess.Everyone;
            // What is empty may be left out.
            var (metadata, _) = AccessMetadata.Read(new[] { ("GROUPS", groups), ("users", users) }.Where(kind => kind.Item2.Length > 0).ToDictionary(kind => kind.Item1, kind => AccessMetadata.Write(kind.Item2)));
            var (sidecar, _) = AccessSidecar.Read(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { users, groups }));
            var (marked, _) = AccessSidecar.Read((byte[])[.. Encoding.UTF8.Preamble, .. System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new { groups, users })]);
            return access! == again! && access == metadata! && access == sidecar! && access == marked! && access.GetHashCode() == again!.GetHashCode();
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Access_OfOtherNames_IsAnother()
    {
        var access = DocumentAccess.Of(["staff"], ["ann"]).Access!;
        Assert.NotEqual(DocumentAccess.Of(["leads"], ["ann"]).Access, access);
        Assert.NotEqual(DocumentAccess.Of(["staff"], ["bob"]).Access, access);
        Assert.NotEqual(DocumentAccess.Of(["ann"], ["staff"]).Access, access);
        Assert.NotEqual(DocumentAccess.Of(["staff"], []).Access, access);
    }

    [Fact]
    public void Access_AtItsBounds_IsTakenAndBeyondThemRefusedWithTheReason()
    {
        string[] many = [.. Enumerable.Range(0, 32).Select(i => $"g{i}")];
        Assert.Null(DocumentAccess.Of(many, many.Select(name => name + "u")).WhyNot);
        Assert.Contains("64", DocumentAccess.Of(many, many.Select(name => name + "u").Append("x")).WhyNot, StringComparison.Ordinal);
        Assert.Null(DocumentAccess.Of([new string('a', 128)], []).WhyNot);
        Assert.Contains("128", DocumentAccess.Of([], [new string('a', 129)]).WhyNot, StringComparison.Ordinal);
        foreach (var name in (string[])["", "a\u0007b", "\n"]) Assert.Null(DocumentAccess.Of(["staff", name], []).Access);
        // With the comma behind each: 19 times 129, and 49 make 2500. A letter of three escaped bytes counts nine.
        string[] full = [.. Enumerable.Range(0, 19).Select(i => $"{(char)('a' + i)}{new string('x', 127)}")];
        Assert.Null(DocumentAccess.Of(full, [new string('y', 48)]).WhyNot);
        Assert.Contains("2500", DocumentAccess.Of(full, [new string('y', 49)]).WhyNot, StringComparison.Ordinal);
        Assert.NotNull(DocumentAccess.Of(full, [new string('あ', 6)]).WhyNot);
    }

    [Theory]
    [InlineData(",")]
    [InlineData("")]
    [InlineData(" , ")]
    public void Metadata_ThatNamesNobody_OpensNothing(string value)
    {
        var (access, whyNot) = AccessMetadata.Read(new Dictionary<string, string> { ["groups"] = value });
        Assert.Null(access);
        Assert.NotNull(whyNot);
        Assert.Equal((null, null), AccessMetadata.Read(new Dictionary<string, string> { ["group"] = value }));
    }

    [Theory]
    [InlineData("a.txt.acl.json", "a.txt")]
    [InlineData("f/a.acl.json", "f/a")]
    [InlineData("a.acl.json.acl.json", "a.acl.json")]
    [InlineData("a.acl.JSON", null)]
    [InlineData(".acl.json", null)]
    [InlineData("f/.acl.json", null)]
    [InlineData("a.acl.json.txt", null)]
    public void TargetOf_AName_IsTheDocumentItIsBeside(string path, string? target)
    {
        var name = new DocumentName("c", path);
        Assert.Equal(target, AccessSidecar.TargetOf(name)?.Path);
        Assert.Equal(path, AccessSidecar.TargetOf(AccessSidecar.Of(name))!.Path);
    }
}
