/** What the demo says, in one language. */
export interface DemoTexts {
  readonly title: string;
  readonly intro: (names: {
    readonly account: string;
    readonly service: string;
    readonly project: string;
  }) => readonly string[];
  readonly headings: Readonly<Record<DemoPart, string>>;
  readonly steps: Readonly<Record<DemoStepName, { readonly title: string; readonly why: string }>>;
  readonly allAsTold: (count: number) => readonly string[];
  readonly notAsTold: (count: number) => string;
  readonly expected: string;
}

export type DemoPart = "yourself" | "serviceAccount";

export type DemoStepName =
  | "anonymous"
  | "garbage"
  | "userWithoutRole"
  | "grant"
  | "user"
  | "impersonationRefused"
  | "grantBoth"
  | "account"
  | "wrongAudience";

export type DemoLanguage = "en" | "ja";

export const demoTexts: Readonly<Record<DemoLanguage, DemoTexts>> = {
  en: {
    title: "Two ways to call a private Cloud Run service",
    intro: ({ account, service, project }) => [
      "Google is played by an emulator on this machine. Every request and every answer is real.",
      `You are ${account}. The service is ${service} in project ${project}.`,
    ],
    headings: { yourself: "As yourself", serviceAccount: "As a service account" },
    steps: {
      anonymous: {
        title: "Call the service without a token",
        why: "It is private: whoever does not say who they are stays outside.",
      },
      garbage: {
        title: "Call it with something that is no token",
        why: "Google can verify nothing about it.",
      },
      userWithoutRole: {
        title: "Call it with your own ID token",
        why: "Google knows you, but you do not hold run.routes.invoke.",
      },
      grant: {
        title: "Allow yourself to call it",
        why: "roles/run.invoker holds that permission.",
      },
      user: {
        title: "Call it again",
        why: "The same request as before; only the policy has changed.",
      },
      impersonationRefused: {
        title: "Ask for an ID token of the service account",
        why: "Nobody has allowed you to act as it.",
      },
      grantBoth: {
        title: "Allow the account to call, and yourself to act as it",
        why: "Both halves in one act.",
      },
      account: {
        title: "Call the service as the account",
        why: "The token is the account's, and made out to this service.",
      },
      wrongAudience: {
        title: "Call it with a token made out to somebody else",
        why: "A token for another audience is worth nothing here.",
      },
    },
    allAsTold: (count) => [
      `All ${count} steps went as told. Nothing is left running.`,
      "Try it yourself:  runpass emulator exec",
    ],
    notAsTold: (count) => `${count} of the steps went otherwise than told.`,
    expected: "expected",
  },
  ja: {
    title: "非公開の Cloud Run サービスを呼び出す 2 つの方法",
    intro: ({ account, service, project }) => [
      "Google の役は、このマシンで動くエミュレータが務めます。リクエストも応答もすべて本物です。",
      `あなたは ${account} です。サービスはプロジェクト ${project} の ${service} です。`,
    ],
    headings: { yourself: "自分自身として呼び出す", serviceAccount: "サービス アカウントとして呼び出す" },
    steps: {
      anonymous: {
        title: "トークンなしで呼び出す",
        why: "非公開のサービスなので、名乗らない相手は通しません。",
      },
      garbage: {
        title: "トークンではない文字列を付けて呼び出す",
        why: "Google はこれを検証できません。",
      },
      userWithoutRole: {
        title: "自分の ID トークンで呼び出す",
        why: "誰なのかは伝わりましたが、run.routes.invoke 権限がありません。",
      },
      grant: {
        title: "自分に呼び出しを許可する",
        why: "必要な権限は roles/run.invoker に含まれています。",
      },
      user: {
        title: "もう一度呼び出す",
        why: "リクエストは先ほどと同じです。変わったのはポリシーだけです。",
      },
      impersonationRefused: {
        title: "サービス アカウントの ID トークンを求める",
        why: "このアカウントの権限借用は、まだ許可されていません。",
      },
      grantBoth: {
        title: "アカウントに呼び出しを、自分に権限借用を許可する",
        why: "2 つの許可を 1 回の操作で与えます。",
      },
      account: {
        title: "サービス アカウントとして呼び出す",
        why: "このサービスを宛先とする、アカウント自身のトークンです。",
      },
      wrongAudience: {
        title: "宛先の異なるトークンで呼び出す",
        why: "ほかの宛先（audience）のトークンは、ここでは通用しません。",
      },
    },
    allAsTold: (count) => [
      `${count} つの手順は、すべて説明どおりの結果になりました。動いたままのものはありません。`,
      "自分で試すには:  runpass emulator exec",
    ],
    notAsTold: (count) => `${count} つの手順が、説明とは異なる結果になりました。`,
    expected: "期待した結果",
  },
};
