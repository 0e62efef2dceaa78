using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Guards;

namespace Serverless.Functions.Tests.Guards;

public sealed class GuardScanTests
{
    private static readonly string[] Secrets =
    [
        "ada.lovelace+notes@mail.example.co.uk", "4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005", "DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432",
        "123-45-6789", "+44 (20) 7946 0958", "(415) 555-2671", "415-555-2671", "project  nightingale",
    ];

    private static readonly string[] Others =
    [
        " ", "\n", ".", ",", "-", "@", "+", "(", "4", "12", "a", "DE", "é", "🙂", "ada@", "@example.com", "4111 1111 1111 1112", "DE89 3704 0044 0532 0130 01", "000-12-3456",
        "2024-01-02", "3.14159", "project", "nightingales", "1234567890123", " the soil was ", "x@y",
    ];

    private static readonly TextGuard Guard = new(
    [
        .. TextGuard.PiiKinds.Select(kind => new GuardRule { Pii = kind, Action = GuardAction.Mask }),
        new GuardRule { Words = ["project nightingale"], Action = GuardAction.Mask },
    ]);

    private static readonly Gen<string> Texts = Gen.Frequency((2, Gen.Elements(Secrets)), (5, Gen.Elements(Others))).ListOf().Select(parts => string.Concat(parts));

    [Fact]
    public void Push_HoweverTheTextIsCut_LetsTheSamePass() =>
        Prop.ForAll(Texts.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (text, seed) =>
        {
            var whole = GuardScan.Whole(Guard, text);
            var random = new Random(seed);
            var scan = new GuardScan(Guard);
            var passed = new StringBuilder();
            var held = 0;
            for (var at = 0; at < text.Length;)
            {
                var length = Math.Min(text.Length - at, random.Next(0, 6));
                passed.Append(scan.Push(text.Substring(at, length), isLast: false));
                held = Math.Max(held, scan.Held);
                at += length;
            }

            passed.Append(scan.Push("", isLast: true));
            return passed.ToString() == whole.Text && scan.Found.SequenceEqual(whole.Scan.Found) && scan.Held == 0 && held <= GuardScan.MaxHeld;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Push_BlockedHoweverCut_LetsThePrefixPassAndNothingOfTheMatch() =>
        Prop.ForAll(Texts.ToArbitrary(), Gen.Choose(1, 7).ToArbitrary(), (text, size) =>
        {
            var guard = new TextGuard([new GuardRule { Pii = "card", Action = GuardAction.Block }, new GuardRule { Pii = "email", Action = GuardAction.Mask }]);
            var whole = GuardScan.Whole(guard, text);
            var scan = new GuardScan(guard);
            var passed = string.Concat(text.Chunk(size).Select(chunk => scan.Push(new string(chunk), isLast: false))) + scan.Push("", isLast: true);
            return passed == whole.Text && scan.BlockedBy == whole.Scan.BlockedBy;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Whole_AmongOtherText_HasNoneOfTheSecrets() =>
        Prop.ForAll(Gen.Elements(Secrets).ToArbitrary(), Gen.Elements("", "The: ", "(", "\"", "été ", "a, ").ToArbitrary(), Gen.Elements("", ".", ", and", ")", "\n", " 🙂").ToArbitrary(), (secret, before, after) =>
        {
            var (text, scan) = GuardScan.Whole(Guard, before + secret + after);
            return !text.Contains(secret, StringComparison.Ordinal) && scan.Found.Count == 1 && text.StartsWith(before, StringComparison.Ordinal) && text.EndsWith(after, StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("email", "write to x.y@example.org.", "write to [email].")]
    [InlineData("email", "a@b, @home, x@localhost, 1@2.3", "a@b, @home, x@localhost, 1@2.3")]
    [InlineData("email", "-ada@example.com", "-[email]")]
    [InlineData("card", "4111111111111111", "[card]")]
    [InlineData("card", "4111111111111112 and 41111111111111111111111", "4111111111111112 and 41111111111111111111111")]
    [InlineData("card", "pay 4111 1111 1111 1111 2025", "pay [card] 2025")]
    [InlineData("card", "1234567890123456", "1234567890123456")]
    [InlineData("iban", "gb82 west 1234 5698 7654 32!", "[iban]!")]
    [InlineData("iban", "GB82 WEST 1234 5698 7654 33", "GB82 WEST 1234 5698 7654 33")]
    [InlineData("iban", "XX82WEST12345698765432", "XX82WEST12345698765432")]
    [InlineData("ssn", "123-45-6789", "[ssn]")]
    [InlineData("ssn", "000-45-6789 666-45-6789 900-45-6789 123-00-6789 123-45-0000 1123-45-6789 123-45-67890 123-45 6789", "000-45-6789 666-45-6789 900-45-6789 123-00-6789 123-45-0000 1123-45-6789 123-45-67890 123-45 6789")]
    [InlineData("phone", "call +1 415 555 2671 or 415.555.2671", "call [phone] or [phone]")]
    [InlineData("phone", "2024-01-02, 115-555-2671, 12345678, +0123456789, 1.234.567", "2024-01-02, 115-555-2671, 12345678, +0123456789, 1.234.567")]
    public void Whole_OfOneKind_FindsWhatIsOne(string kind, string text, string expected) =>
        Assert.Equal(expected, GuardScan.Whole(new TextGuard([new GuardRule { Pii = kind, Action = GuardAction.Mask }]), text).Text);

    [Theory]
    [InlineData("Top SECRET!", "[words]!")]
    [InlineData("top\n\tsecret", "[words]")]
    [InlineData("stop secrets, top secretly", "stop secrets, top secretly")]
    public void Whole_OfWords_TakesWholeOnesInAnyCase(string text, string expected) =>
        Assert.Equal(expected, GuardScan.Whole(new TextGuard([new GuardRule { Words = ["top secret"], Action = GuardAction.Mask }]), text).Text);

    [Fact]
    public void Whole_OfSeveralRules_GoesByTheStricter()
    {
        var guard = new TextGuard([new GuardRule { Words = ["ada@example.com and more"], Action = GuardAction.Report }, new GuardRule { Pii = "email", Action = GuardAction.Mask }]);
        var (text, scan) = GuardScan.Whole(guard, "ada@example.com and more");
        Assert.Equal("[email] and more", text);
        Assert.Equal([("email", GuardAction.Mask)], scan.Found);
    }
}
